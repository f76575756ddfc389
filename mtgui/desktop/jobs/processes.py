"""Tells whether a process of this computer still runs."""

import os
import sys

if sys.platform == "win32":

    def is_alive(number: int) -> bool:
        """True while a process of this number runs, as far as the system says."""
        import ctypes

        query, still_active = 0x1000, 259
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(query, False, number)
        if not handle:
            return False
        status = ctypes.c_ulong()
        kernel.GetExitCodeProcess(handle, ctypes.byref(status))
        kernel.CloseHandle(handle)
        return status.value == still_active

else:

    def is_alive(number: int) -> bool:
        """True while a process of this number runs, as far as the system says."""
        if number <= 0:
            return False
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return False
        except OSError:
            return True
        return True
