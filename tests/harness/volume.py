"""A small file system for a server's data, so that it can really be full.

Mounting needs root. Without it the same calls switch the injected faults of tests/system/faulty_disk.cc, which answer
as a full disk does: no test is skipped.
"""
import itertools
import os
import subprocess

BLOCK = b"\0" * 65536


class Volume:
    """A tmpfs mounted at a folder; at rest it has room."""

    def __init__(self, folder, megabytes, inodes=100_000):
        folder.mkdir(parents=True, exist_ok=True)
        options = f"size={megabytes}m,nr_inodes={inodes},mode=700"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True, capture_output=True)
        self.folder = folder
        self.ballast = folder / "ballast"
        self.seats = folder / "seats"

    def environment(self):
        return {}

    def fill(self):
        """Takes every byte; what the server frees afterwards is taken by the next call."""
        with open(self.ballast, "ab", buffering=0) as file:
            for block in (BLOCK, BLOCK[:4096]):
                try:
                    while file.write(block) == len(block):
                        pass
                except OSError:
                    pass

    def free(self):
        self.ballast.unlink(missing_ok=True)

    def take_inodes(self):
        """Takes every inode; those that the server frees afterwards are taken by the next call."""
        try:
            self.seats.mkdir(exist_ok=True)
            for number in itertools.count(len(os.listdir(self.seats))):
                (self.seats / str(number)).touch(exist_ok=False)
        except OSError:
            pass

    def give_inodes(self):
        for seat in self.seats.iterdir():
            seat.unlink()

    def used_bytes(self):
        status = os.statvfs(self.folder)
        return (status.f_blocks - status.f_bfree) * status.f_frsize

    def close(self):
        subprocess.run(["umount", "--lazy", self.folder], check=False, capture_output=True)


class InjectedVolume:
    """The same by injected faults: everything below the folder fails while it is full."""

    def __init__(self, folder, library, switch):
        self.folder, self.library, self.switch = folder, library, switch
        self.free()

    def environment(self):
        return {"LD_PRELOAD": str(self.library), "FAULTY_DISK_SWITCH": str(self.switch),
                "FAULTY_DISK_ROOT": str(self.folder)}

    def fill(self):
        self.switch.write_text("ENOSPC")

    def free(self):
        self.switch.write_text("")

    def used_bytes(self):
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    def close(self):
        pass
