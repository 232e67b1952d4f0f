"""The attributes of ``<type>`` in the schemas of kiwi 10.0 to 11.1 (kiwi/schema/kiwi.rng).

kiwi takes an unknown one for done and builds nothing, with exit status 0
(kiwi/tasks/system_prepare.py). Left out are image and primary, which say what a type is.
"""

from __future__ import annotations

from typing import Final

from koji_imagebuild.errors import RequestError
from koji_imagebuild.tools.kiwi.selection import nearest

KNOWN: Final = frozenset(
    """
    application_id apply_dps_codes archive boot boot_clone bootfilesystem bootkernel bootpart_id
    bootpartition bootpartsize bootprofile btrfs_quota_groups btrfs_root_is_readonly_snapshot
    btrfs_root_is_snapper_snapshot btrfs_root_is_snapshot btrfs_root_is_subvolume
    btrfs_set_default_volume bundle_format compressed delta_root derived_from devicepersistency
    disk_start_sector dosparttable_extended_layout editbootconfig editbootinstall eficsm
    eficsmpart_id efifatimagesize efimountoptions efipart_id efipartsize efiparttable
    embed_integrity_metadata embed_verity_metadata enclave_format ensure_empty_tmpdirs
    erofscompression filesystem firmware flags force_mbr format formatoptions fscreateoptions
    fsmountoptions gcelicense gpt_hybrid_mbr hybridpersistent hybridpersistent_filesystem
    initrd_system install_continue_on_timeout installboot installiso installprovidefailsafe
    installpxe installstick integrity_keyfile integrity_legacy_hmac
    integrity_metadata_key_description kernelcmdline luks luks_pbkdf luks_randomize luks_version
    mdraid mediacheck metadata_path overlayroot overlayroot_readonly_createoptions
    overlayroot_readonly_filesystem overlayroot_readonly_partsize overlayroot_write_partition
    provide_system_files publisher ramonly require_system_files root_clone rootfs_label
    rootpart_id selinux_policy spare_part spare_part_fs spare_part_fs_attributes
    spare_part_is_last spare_part_mountpoint squashfscompression standalone_integrity
    target_blocksize target_removable verity_blocks vga vhdfixedtag volid wwid_wait_timeout
    xen_server
    """.split()  # noqa: SIM905  # one a line would be a hundred lines
)


def check(type_attrs: tuple[str, ...]) -> None:
    """Refuse ``KEY=VALUE`` with a key kiwi does not know.

    :raises RequestError: with those that may have been meant
    """
    for attribute in type_attrs:
        key = attribute.partition("=")[0]
        if key not in KNOWN:
            raise RequestError(
                f"opts.type_attr: kiwi's <type> has no attribute {key}",
                repair=f"It has {nearest(key, KNOWN)}",
            )
