"""Published studies, their split into calibration and validation, and pools of them."""
