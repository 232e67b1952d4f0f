# Sourced by quickstart and run-tests: install what is missing. Needs $here, the checkout's top.
# shellcheck shell=sh

: "${here:?is set by the script that sources this}"
venv=$here/.venv
oldest=$here/.venv-3.9

# What the sandbox runs on. Python modules that hold compiled code come from the system: nothing is
# compiled here, and rpm and dnf only work with their own Python.
debian_sandbox="git make kmod cpio xz-utils util-linux mount
    rpm dnf createrepo-c qemu-system-x86 seabios
    python3-venv python3-gssapi python3-rpm python3-librepo python3-cryptography"
debian_tests="bubblewrap e2fsprogs fdisk ostree qemu-utils shellcheck skopeo tmux zstd"
fedora_sandbox="git-core make kmod cpio xz util-linux
    rpm dnf createrepo_c qemu-system-x86-core
    python3 python3-gssapi python3-rpm python3-librepo python3-cryptography"
# Debian has rpmbuild and script in the packages above.
fedora_tests="ShellCheck ostree skopeo tmux rpm-build util-linux-script e2fsprogs bubblewrap qemu-img zstd"

say() { printf '%s\n' "$*"; }

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

distribution() {
    # shellcheck source=/dev/null
    (. /etc/os-release && printf '%s' "$ID${VERSION_ID:+ $VERSION_ID}")
}

# missing_debian PACKAGE...: those that are not installed
missing_debian() {
    for package in "$@"; do
        case $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) in
        installed) ;;
        *) printf ' %s' "$package" ;;
        esac
    done
}

missing_fedora() {
    for package in "$@"; do
        rpm --quiet --query --whatprovides "$package" || printf ' %s' "$package"
    done
}

# install_packages sandbox|tests: as root
install_packages() {
    case $(distribution) in
    "debian 12")
        wanted=$debian_sandbox
        [ "$1" = sandbox ] || wanted="$wanted $debian_tests"
        # shellcheck disable=SC2086  # a list of words
        missing=$(missing_debian $wanted)
        [ -n "$missing" ] || return 0
        say "Installing$missing"
        apt-get update -qq || die "apt-get update failed; are the sources right and is there a network?"
        # shellcheck disable=SC2086
        DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends $missing \
            >"${TMPDIR:-/tmp}/koji-imagebuild-apt.$$" 2>&1 || {
            tail -n 20 "${TMPDIR:-/tmp}/koji-imagebuild-apt.$$" >&2
            die "apt-get could not install$missing"
        }
        rm -f "${TMPDIR:-/tmp}/koji-imagebuild-apt.$$"
        ;;
    fedora*)
        wanted=$fedora_sandbox
        [ "$1" = sandbox ] || wanted="$wanted $fedora_tests"
        # shellcheck disable=SC2086
        missing=$(missing_fedora $wanted)
        [ -n "$missing" ] || return 0
        say "Installing$missing"
        # shellcheck disable=SC2086
        dnf install --quiet --assumeyes --setopt=install_weak_deps=False $missing ||
            die "dnf could not install$missing"
        ;;
    *)
        die "this is $(distribution); quickstart and the whole of run-tests know Debian 12 and Fedora.
The plugins themselves run wherever Koji's hub and builders do, see docs/how-to/install.md"
        ;;
    esac
}

# install_venv EXTRAS: the checkout itself and its Python packages
install_venv() {
    wanted="$1 $(cksum <"$here/setup.cfg")"
    [ "$(cat "$venv/.installed" 2>/dev/null)" != "$wanted" ] || return 0
    say "Making $venv"
    /usr/bin/python3 -m venv --system-site-packages "$venv" ||
        die "python3 cannot make a virtual environment; is python3-venv installed?"
    pip_install "$venv" --editable "${here}[$1]"
    # Where the system has Koji, pip leaves it and its command there, which does not see this project.
    [ -e "$venv/bin/koji" ] || {
        sed "1s|.*|#!$venv/bin/python3|" "$(command -v koji)" >"$venv/bin/koji"
        chmod 755 "$venv/bin/koji"
    }
    printf '%s\n' "$wanted" >"$venv/.installed"
}

has_oldest() { python3.9 -c pass 2>/dev/null; }

# install_oldest: what the plugins need on builders with EL 9's Python, and pytest. Without gssapi, which
# koji names and only imports to log in by Kerberos (koji/__init__.py): there is no wheel of it.
install_oldest() {
    wanted=$(cksum <"$here/setup.cfg")
    [ "$(cat "$oldest/.installed" 2>/dev/null)" != "$wanted" ] || return 0
    say "Making $oldest"
    python3.9 -m venv "$oldest" || die "python3.9 cannot make a virtual environment"
    pip_install "$oldest" --only-binary=:all: lxml requests six python-dateutil defusedxml \
        pytest pytest-mock pytest-timeout
    pip_install "$oldest" --no-deps "koji >= 1.35" --editable "$here"
    printf '%s\n' "$wanted" >"$oldest/.installed"
}

# pip_install VENV WORD...
pip_install() {
    into=$1
    shift
    "$into/bin/pip" install --quiet --disable-pip-version-check "$@" ||
        die "pip could not install the Python packages"
}
