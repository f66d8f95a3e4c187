"""The CUDA driver's functions without a device."""

import ctypes
from collections.abc import Mapping
from typing import Any


class HostDriver:
    """CUDA's functions on this processor: its memory is the device's, a launch runs the scalar program.

    Args:
        codes: text of a program -> what runs in its place.
        free: bytes of memory.
        fails: function -> the number of its error.
    """

    def __init__(self, codes: Mapping[str, Any] | None = None, free=10**9, fails=None):
        self.codes, self.free, self.fails, self.kept = codes or {}, free, fails or {}, {}
        self.texts: list[str] = []
        self.launched: list[str] = []

    def __getattr__(self, name):
        if not name.startswith("cu"):
            raise AttributeError(name)
        return lambda *arguments: self.fails.get(name) or getattr(self, f"_{name}", lambda *_: 0)(*arguments)

    def _cuGetErrorName(self, code, into):
        into._obj.value = b"CUDA_ERROR"
        return 0

    def _cuMemGetInfo_v2(self, free, total):
        free._obj.value = self.free
        return 0

    def _cuMemAlloc_v2(self, place, size):
        buffer = ctypes.create_string_buffer(size.value)
        place._obj.value = ctypes.addressof(buffer)
        self.kept[place._obj.value] = buffer
        return 0

    def _cuMemFree_v2(self, place):
        del self.kept[place.value]
        return 0

    def _cuMemsetD8_v2(self, place, byte, size):
        ctypes.memset(place.value, byte.value, size.value)
        return 0

    def _cuMemcpyHtoD_v2(self, place, here, size):
        ctypes.memmove(place.value, here.value, size.value)
        return 0

    def _cuMemcpyDtoH_v2(self, here, place, size):
        ctypes.memmove(here.value, place.value, size.value)
        return 0

    def _cuModuleLoadData(self, module, text):
        self.texts.append(text.value.decode())
        module._obj.value = len(self.texts)
        return 0

    def _cuModuleGetFunction(self, found, module, name):
        found._obj.value = module.value
        return 0

    def _cuLaunchKernel(self, function, *rest):
        table, *numbers = (ctypes.c_int64.from_address(rest[8][i]).value for i in range(7))
        text = self.texts[function.value - 1]
        self.codes[text](ctypes.c_void_p(table), *numbers)
        self.launched.append(text)
        return 0
