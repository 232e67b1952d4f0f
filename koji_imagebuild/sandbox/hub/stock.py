"""What every Koji hub starts with: permissions, channels, build types and archive types."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from koji_imagebuild.sandbox.hub.database import Transaction

ADMIN = "admin"
"""The first administrator. Koji gets its first one by SQL as well; the rest comes by API."""

PERMISSIONS = (
    "admin",
    "appliance",
    "dist-repo",
    "host",
    "image",
    "image-import",
    "livecd",
    "maven-import",
    "repo",
    "sign",
    "tag",
    "target",
    "win-admin",
    "win-import",
    "draft-promoter",
)

CHANNELS = ("default", "createrepo", "maven", "livecd", "appliance", "vm", "image", "livemedia")

BUILD_TYPES = ("rpm", "maven", "win", "image")

ARCHIVE_TYPES = (
    ("jar", "Jar file", "jar war rar ear sar jdocbook jdocbook-style", "zip"),
    ("zip", "Zip file", "zip", "zip"),
    ("pom", "Maven Project Object Management file", "pom", None),
    ("tar", "Tar file", "tar tar.gz tar.bz2 tar.xz tgz", "tar"),
    ("xml", "XML file", "xml", None),
    ("xmlcompressed", "Compressed XML file", "xml.gz xml.bz2 xml.xz", None),
    ("xsd", "XML Schema Definition", "xsd", None),
    ("spec", "RPM spec file", "spec", None),
    ("exe", "Windows executable", "exe", None),
    ("dll", "Windows dynamic link library", "dll", None),
    ("lib", "Windows import library", "lib", None),
    ("sys", "Windows device driver", "sys", None),
    ("inf", "Windows driver information file", "inf", None),
    ("cat", "Windows catalog file", "cat", None),
    ("msi", "Windows Installer package", "msi", None),
    ("pdb", "Windows debug information", "pdb", None),
    ("oem", "Windows driver oem file", "oem", None),
    ("iso", "CD/DVD Image", "iso", None),
    ("raw", "Raw disk image", "raw", None),
    ("qcow", "QCOW image", "qcow", None),
    ("qcow2", "QCOW2 image", "qcow2", None),
    ("vmdk", "vSphere image", "vmdk", None),
    ("ova", "Open Virtualization Archive", "ova", None),
    ("ks", "Kickstart", "ks", None),
    ("cfg", "Configuration file", "cfg", None),
    ("vdi", "VirtualBox Virtual Disk Image", "vdi", None),
    ("aar", "Binary distribution of an Android Library project", "aar", None),
    ("apklib", "Source distribution of an Android Library project", "apklib", None),
    ("cab", "Windows cabinet file", "cab", None),
    ("dylib", "OS X dynamic library", "dylib", None),
    ("gem", "Ruby gem", "gem", None),
    ("ini", "INI config file", "ini", None),
    ("js", "Javascript file", "js", None),
    ("ldif", "LDAP Data Interchange Format file", "ldif", None),
    ("manifest", "Runtime environment for .NET applications", "manifest", None),
    ("msm", "Windows merge module", "msm", None),
    ("properties", "Properties file", "properties", None),
    ("sig", "Signature file", "sig signature", None),
    ("so", "Shared library", "so", None),
    ("txt", "Text file", "txt", None),
    ("vhd", "Hyper-V image", "vhd", None),
    ("vhdx", "Hyper-V Virtual Hard Disk v2 image", "vhdx", None),
    ("wsf", "Windows script file", "wsf", None),
    ("box", "Vagrant Box Image", "box", None),
    ("raw-xz", "xz compressed raw disk image", "raw.xz", None),
    ("json", "JSON data", "json", None),
    ("key", "Key file", "key", None),
    ("dot", "DOT graph description", "dot gv", None),
    ("groovy", "Groovy script file", "groovy gvy", None),
    ("batch", "Batch file", "bat", None),
    ("shell", "Shell script", "sh", None),
    ("rc", "Resource file", "rc", None),
    ("wsdl", "Web Services Description Language", "wsdl", None),
    ("obr", "OSGi Bundle Repository", "obr", None),
    ("liveimg-squashfs", "liveimg compatible squashfs image", "liveimg.squashfs", None),
    ("tlb", "OLE type library file", "tlb", None),
    ("jnilib", "Java Native Interface library", "jnilib", None),
    ("yaml", "YAML Ain't Markup Language", "yaml yml", None),
    ("xjb", "JAXB(Java Architecture for XML Binding) Binding Customization File", "xjb", None),
    ("raw-gz", "GZIP compressed raw disk image", "raw.gz", None),
    ("qcow2-compressed", "Compressed QCOW2 image", "qcow2.gz qcow2.xz", None),
    ("iso-compressed", "Compressed iso image", "iso.gz iso.xz", None),
    ("vhd-compressed", "Compressed VHD image", "vhd.gz vhd.xz", None),
    ("vhdx-compressed", "Compressed VHDx image", "vhdx.gz vhdx.xz", None),
    ("vmdk-compressed", "Compressed VMDK image", "vmdk.gz vmdk.xz", None),
    ("kernel-image", "Kernel BZ2 Image", "vmlinuz vmlinuz.gz vmlinuz.xz", None),
    ("initramfs", "Compressed Initramfs Image", "img", None),
    ("checksum", "Checksum file", "sha256", None),
    ("changes", "Kiwi changes file", "changes.xz changes", None),
    ("packages", "Kiwi packages listing", "packages", None),
    ("verified", "Kiwi verified package list", "verified", None),
    ("erofs", "erofs image", "erofs", None),
    ("erofs-compressed", "Compressed erofs image", "erofs.gz erofs.xz", None),
    ("squashfs", "SquashFS image", "squashfs", None),
    ("squashfs-compressed", "Compressed SquashFS image", "squashfs.gz squashfs.xz", None),
    ("wsl", "Compressed tarball for Windows Subsystem for Linux", "wsl", None),
)
"""Name, description, file extensions, compression; as in schemas/schema.sql of Koji 1.35."""


def fill(db: Transaction) -> None:
    """Write this into a new database."""
    event = db.insert("events", ts=time.time())
    for name in PERMISSIONS:
        db.insert("permissions", name=name)
    for name in CHANNELS:
        db.insert("channels", name=name)
    for name in BUILD_TYPES:
        db.insert("btype", name=name)
    db.insert("external_repo", id=0, name="INTERNAL")
    db.insert_many(
        "INSERT INTO archivetypes (name, description, extensions, compression_type)"
        " VALUES (?, ?, ?, ?)",
        ARCHIVE_TYPES,
    )
    admin = db.insert("users", name=ADMIN)
    permission = db.value("SELECT id FROM permissions WHERE name = 'admin'")
    db.insert("user_perms", user_id=admin, perm_id=permission, create_event=event)
