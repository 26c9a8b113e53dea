#!/usr/bin/env python3
# tests/packaging/contents.py BUILD - makes the .deb of a build, whose binary is there, and looks into it: what is
# installed and how, its unit, its scripts. With --lintian also what Debian says of it.
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

FILES = {
    "etc/apparmor.d/hedgewitch": "-rw-r--r--",
    "etc/hedgewitch/hedgewitch.toml": "-rw-r--r--",
    "usr/bin/hedgewitch": "-rwxr-xr-x",
    "usr/lib/systemd/system/hedgewitch.service": "-rw-r--r--",
    "usr/share/applications/hedgewitch.desktop": "-rw-r--r--",
    "usr/share/bash-completion/completions/hedgewitch": "-rw-r--r--",
    "usr/share/doc/hedgewitch/changelog.Debian.gz": "-rw-r--r--",
    "usr/share/doc/hedgewitch/copyright": "-rw-r--r--",
    "usr/share/fish/vendor_completions.d/hedgewitch.fish": "-rw-r--r--",
    "usr/share/lintian/overrides/hedgewitch": "-rw-r--r--",
    "usr/share/man/man1/hedgewitch.1.gz": "-rw-r--r--",
    "usr/share/man/man5/hedgewitch.toml.5.gz": "-rw-r--r--",
    "usr/share/zsh/vendor-completions/_hedgewitch": "-rw-r--r--",
}
BUNDLED = re.compile(r"usr/lib/hedgewitch/lib(opendht|sodium|miniupnpc|spdlog|fmt|jsoncpp)\.so\.[0-9.]+"
                     r"|usr/share/doc/hedgewitch/libraries/lib\S+\.copyright")


def run(*command, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def made(build, folder):
    """Quickly packed, as nobody will send it."""
    run("cpack", "-G", "DEB", "--config", build / "CPackConfig.cmake", "-B", folder, "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip",
        cwd=build)
    (package,) = folder.glob("*.deb")
    return package


def look_at(package, folder):
    listed = {}
    for line in run("dpkg-deb", "--contents", package).splitlines():
        mode, owner, _, _, _, name = line.split(None, 5)
        assert owner == "root/root", line
        if not mode.startswith("d"):
            listed[name.removeprefix("./")] = mode
        else:
            assert mode == "drwxr-xr-x", line
    bundled = {name for name in listed if BUNDLED.fullmatch(name)}
    assert {name: mode for name, mode in listed.items() if name not in bundled} == FILES, listed
    print(f"ok: {package.name}: {len(listed)} files, {len(bundled)} of libraries")

    root = folder / "root"
    run("dpkg-deb", "--raw-extract", package, root)
    binary = root / "usr/bin/hedgewitch"
    sections = run("readelf", "--section-headers", "--dynamic", binary)
    assert ".symtab" not in sections and ".debug_info" not in sections, "the binary is stripped"
    paths = re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", sections)
    assert paths == (["$ORIGIN/../lib/hedgewitch"] if bundled else []), paths
    depends = re.search(r"^Depends: (.*)$", (root / "DEBIAN/control").read_text(), re.M)[1]
    for library in ("opendht", "sodium", "miniupnpc", "spdlog", "fmt", "jsoncpp", "unistring"):
        assert not bundled or f"lib{library}" not in depends, depends
    print(f"ok: stripped, run-time path {paths}, depends on {depends}")

    conffiles = (root / "DEBIAN/conffiles").read_text().split()
    assert set(conffiles) == {f"/{name}" for name in FILES if name.startswith("etc/")}, conffiles
    for script in ("postinst", "prerm", "postrm"):
        assert (root / "DEBIAN" / script).stat().st_mode & 0o777 == 0o755
        run("sh", "-n", root / "DEBIAN" / script)
    print("ok: every file in /etc is a conffile, and the scripts are shell")
    return root


def unit_is_verified(root):
    if not shutil.which("systemd-analyze"):
        return print("skipped: no systemd-analyze")
    # Of the machine the unit sees this root, in which others' units are missing.
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", f"--root={root}",
                           "hedgewitch.service"], capture_output=True, text=True)
    if "unrecognized option" in done.stderr:
        return print("skipped: systemd-analyze cannot verify units of another root")
    assert done.returncode == 0 and not done.stderr, done.stderr
    print("ok: systemd-analyze verify has nothing to say")


def main():
    if not all(map(shutil.which, ("cpack", "dpkg-deb", "dpkg-shlibdeps", "file", "readelf"))):
        print("SKIPPED: no cpack, dpkg-dev, file or binutils here")
        sys.exit(77)
    build = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="hedgewitch-package-") as folder:
        folder = pathlib.Path(folder)
        package = made(build, folder / "made")
        unit_is_verified(look_at(package, folder))
        if "--lintian" in sys.argv:
            print(run("lintian", "--tag-display-limit", "0", "--fail-on", "error", package))


main()
