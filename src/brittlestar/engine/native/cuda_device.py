"""The CUDA driver by its own functions: memory of the first device, a program from PTX, and launching it.

Asked through ``ctypes``, so nothing of CUDA needs to be installed but the driver itself.
"""

import ctypes
from typing import Any

import numpy as np

LIBRARY = "libcuda.so.1"
THREADS = 128
"""Of a block: each holds a person's state in as many registers as a thread may have."""

CURES = {
    2: "not enough memory there; fewer outputs or years need less",
    100: "the driver sees no device: `nvidia-smi` says which there are",
    218: "its driver is too old for the program, or the device is: from 2018 on; update the driver",
    222: "its driver is too old for the program: update it",
    803: "the driver and its library differ in version: restart after an update",
}
"""What to do about an error of the driver, by its number."""


class CudaError(RuntimeError):
    """The device cannot do it; the message is one sentence with what to do."""


class Device:
    """The first device; what is put there stays until :meth:`clear`.

    Args:
        driver: its functions; default: those of the installed one.

    Raises:
        CudaError: no driver, or no device.
    """

    def __init__(self, driver: Any = None) -> None:
        if driver is None:
            try:
                driver = ctypes.CDLL(LIBRARY)
            except OSError:
                raise CudaError(f"no CUDA driver ({LIBRARY}) is installed here") from None
        self._driver = driver
        self._held: list[ctypes.c_uint64] = []
        self._do("cuInit", 0)
        number, self._context = ctypes.c_int(), ctypes.c_void_p()
        self._do("cuDeviceGet", ctypes.byref(number), 0)
        self._do("cuDevicePrimaryCtxRetain", ctypes.byref(self._context), number)
        self._do("cuCtxSetCurrent", self._context)

    def _do(self, name: str, *arguments: Any) -> None:
        code = getattr(self._driver, name)(*arguments)
        if code:
            told = ctypes.c_char_p()
            self._driver.cuGetErrorName(code, ctypes.byref(told))
            cure = f": {CURES[code]}" if code in CURES else ""
            raise CudaError(f"{name} of the CUDA device says {(told.value or b'').decode()} ({code}){cure}")

    def function(self, ptx: str, name: str) -> Any:
        """A kernel of a program; made into code for this device by its driver.

        Raises:
            CudaError: the driver refuses.
        """
        module, found = ctypes.c_void_p(), ctypes.c_void_p()
        self._do("cuModuleLoadData", ctypes.byref(module), ctypes.c_char_p(ptx.encode()))
        self._do("cuModuleGetFunction", ctypes.byref(found), module, ctypes.c_char_p(name.encode()))
        return found

    def free_bytes(self) -> int:
        """Memory that nobody has."""
        free, total = ctypes.c_size_t(), ctypes.c_size_t()
        self._do("cuMemGetInfo_v2", ctypes.byref(free), ctypes.byref(total))
        return free.value

    def room(self, size: int) -> int:
        """Address of so many bytes, all 0."""
        place = ctypes.c_uint64()
        self._do("cuMemAlloc_v2", ctypes.byref(place), ctypes.c_size_t(max(size, 1)))
        self._held.append(place)
        self._do("cuMemsetD8_v2", place, ctypes.c_ubyte(0), ctypes.c_size_t(max(size, 1)))
        return place.value

    def put(self, array: np.ndarray) -> int:
        """Address of a copy."""
        place = self.room(array.nbytes)
        if array.nbytes:
            here = ctypes.c_void_p(array.ctypes.data)
            self._do("cuMemcpyHtoD_v2", ctypes.c_uint64(place), here, ctypes.c_size_t(array.nbytes))
        return place

    def get(self, place: int, into: np.ndarray) -> None:
        """Fill an array from an address."""
        here = ctypes.c_void_p(into.ctypes.data)
        self._do("cuMemcpyDtoH_v2", here, ctypes.c_uint64(place), ctypes.c_size_t(into.nbytes))

    def launch(self, function: Any, threads: int, table: int, *numbers: int) -> None:
        """Run a kernel of a table's address and whole numbers on so many threads, and wait for it."""
        values = [ctypes.c_uint64(table), *(ctypes.c_int64(number) for number in numbers)]
        places = (ctypes.c_void_p * len(values))(*(ctypes.addressof(value) for value in values))
        blocks = -(-threads // THREADS)
        self._do("cuLaunchKernel", function, blocks, 1, 1, THREADS, 1, 1, 0, None, places, None)
        self._do("cuCtxSynchronize")

    def clear(self) -> None:
        """Give back all memory."""
        while self._held:
            self._do("cuMemFree_v2", self._held.pop())
