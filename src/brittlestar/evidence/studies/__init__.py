"""Published studies as data, their frozen split into calibration and validation, and pools of them."""
