"""What image-builder's types end in, as far as all distributions agree.

Source: data/distrodefs/*/imagetypes.yaml of github.com/osbuild/image-builder, version 79. Types
that are missing here, or come from definitions of a distribution's own, can be built all the same;
only the hub's archive types cannot be looked up before it.
"""

from __future__ import annotations

from typing import Final

_TYPES: Final = {
    "qcow2": (
        "generic-qcow2 qcow2 guest-image generic-oci oci generic-openstack openstack"
        " iot-qcow2 iot-qcow2-image server-qcow2 cloud-qcow2 kinoite-qcow2 silverblue-qcow2"
    ),
    "box": (
        "generic-vagrant-libvirt vagrant-libvirt generic-vagrant-virtualbox vagrant-virtualbox"
    ),
    "raw": "generic-ami ami aws edge-ami raw",
    "raw.xz": (
        "iot-raw-xz iot-raw-image fedora-iot-raw-image minimal-raw-xz minimal-raw cloud-ec2"
        " ec2 ec2-cvm ec2-ha ec2-sap edge-raw-image rhel-edge-raw-image kinoite-raw-xz"
        " silverblue-raw-xz"
    ),
    "raw.zst": "minimal-raw-zst",
    "vhd": "generic-vhd vhd cloud-azure",
    "vhd.xz": "azure-rhui azure-eap7-rhui azure-sap-rhui azure-sapapps-rhui azure-cvm",
    "vmdk": "generic-vmdk vmdk vsphere edge-vsphere",
    "ova": "generic-ova ova vsphere-ova",
    "tar": (
        "iot-commit fedora-iot-commit iot-container fedora-iot-container edge-commit"
        " rhel-edge-commit edge-container rhel-edge-container generic-container container"
        " container-minimal"
    ),
    "tar.gz": "cloud-gce gce gce-rhui gcp",
    "tar.xz": "pxe-tar-xz tar",
    "wsl": "generic-wsl wsl",
    "iso": (
        "iot-installer fedora-iot-installer workstation-live-installer live-installer"
        " minimal-installer image-installer fedora-image-installer iot-simplified-installer"
        " everything-network-installer netinst server-network-installer kinoite-installer"
        " silverblue-installer sway-atomic-installer budgie-atomic-installer"
        " cosmic-atomic-installer network-installer edge-installer rhel-edge-installer"
        " edge-simplified-installer rhel-edge-simplified-installer bootc-installer"
        " bootc-generic-iso anaconda-iso iso"
    ),
}
_SUFFIXES: Final = {kind: suffix for suffix, kinds in _TYPES.items() for kind in kinds.split()}


def suffix(kind: str) -> str | None:
    """What the image's file ends in, without the first dot; None when it is not known."""
    return _SUFFIXES.get(kind)
