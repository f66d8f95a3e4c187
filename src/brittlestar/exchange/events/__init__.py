"""Event tables of pharmacometrics (NONMEM, nlmixr2, mrgsolve, Pumas), read and written."""
