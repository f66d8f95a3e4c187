"""The CUDA driver by its own functions: memory of the first device, a program from PTX, and launching it.

Asked through ``ctypes``, so nothing of CUDA needs to be installed but the driver itself.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

import numpy as np

LIBRARY = "libcuda.so.1"
THREADS = 128
"""Of a block: each holds a person's state in as many registers as a thread may have."""

CURES = {
    2: "not enough memory there; fewer outputs or years need less",
    100: "the driver sees no device: `nvidia-smi` says which there are",
    209: "the program is not for this device: it needs one from 2018 on",
    218: "its driver is too old for the program, or the device is: from 2018 on; update the driver",
    222: "its driver is too old for the program: update it",
    701: "it has too few registers free: end what else runs there",
    803: "the driver and its library differ in version: restart after an update",
}
"""What to do about an error of the driver, by its number."""

ANY_CURE = "`nvidia-smi` says what the device is doing; restarting the driver clears most"
"""Of any other."""


class CudaError(RuntimeError):
    """The device cannot do it; the message is one sentence with what to do."""


def installed() -> "Device":
    """The first device by the installed driver, and the programs that it has been given; one in a process.

    Raises:
        CudaError: no driver, or no device.
    """
    return _by_driver(LIBRARY)


@cache
def _by_driver(library: str) -> "Device":
    try:
        return Device(ctypes.CDLL(library))
    except OSError:
        raise CudaError(f"no CUDA driver ({library}) is installed here") from None


class Device:
    """The first device; what is put there stays until :meth:`clear`, programs stay.

    Args:
        driver: its functions.

    Raises:
        CudaError: no device.
    """

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self._held: list[ctypes.c_uint64] = []
        self._functions: dict[str, Any] = {}
        self._using = Lock()
        self._do("cuInit", 0)
        number, self._context = ctypes.c_int(), ctypes.c_void_p()
        self._do("cuDeviceGet", ctypes.byref(number), 0)
        self._do("cuDevicePrimaryCtxRetain", ctypes.byref(self._context), number)

    @contextmanager
    def use(self) -> Iterator["Device"]:
        """By nobody else meanwhile; in the end all memory is given back."""
        with self._using:
            self._do("cuCtxSetCurrent", self._context)  # of this thread
            try:
                yield self
            finally:
                self.clear()

    def _do(self, name: str, *arguments: Any) -> None:
        try:
            call = getattr(self._driver, name)
        except AttributeError:
            raise CudaError(f"the CUDA driver has no {name}: it is too old, update it") from None
        code = call(*arguments)
        if code:
            told = ctypes.c_char_p()
            self._driver.cuGetErrorName(code, ctypes.byref(told))
            said = f"{name} of the CUDA device says {(told.value or b'').decode()} ({code})"
            raise CudaError(f"{said}: {CURES.get(code, ANY_CURE)}")

    def function(self, ptx: str, name: str) -> Any:
        """A kernel of a program; made into code for this device by its driver, once.

        Raises:
            CudaError: the driver refuses.
        """
        if ptx not in self._functions:
            module, found = ctypes.c_void_p(), ctypes.c_void_p()
            self._do("cuModuleLoadData", ctypes.byref(module), ctypes.c_char_p(ptx.encode()))
            self._do("cuModuleGetFunction", ctypes.byref(found), module, ctypes.c_char_p(name.encode()))
            self._functions[ptx] = found
        return self._functions[ptx]

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

    def get(self, place: int, into: np.ndarray) -> np.ndarray:
        """The array, filled from an address."""
        here = ctypes.c_void_p(into.ctypes.data)
        self._do("cuMemcpyDtoH_v2", here, ctypes.c_uint64(place), ctypes.c_size_t(into.nbytes))
        return into

    def launch(self, function: Any, threads: int, table: int, *numbers: int) -> None:
        """Run a kernel of a table's address and whole numbers on so many threads, and wait for it."""
        values = [ctypes.c_uint64(table), *(ctypes.c_int64(number) for number in numbers)]
        places = (ctypes.c_void_p * len(values))(*(ctypes.addressof(value) for value in values))
        blocks = -(-threads // THREADS)
        self._do("cuLaunchKernel", function, blocks, 1, 1, THREADS, 1, 1, 0, None, places, None)
        self._do("cuCtxSynchronize")

    @property
    def held(self) -> int:
        """Pieces of memory that are taken."""
        return len(self._held)

    def clear(self, keep: int = 0) -> None:
        """Give back all memory but the first pieces that were taken."""
        while len(self._held) > keep:
            self._do("cuMemFree_v2", self._held.pop())
