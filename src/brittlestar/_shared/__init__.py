"""What every room may use: errors, keyed chance, parameter files, tables, runs that can be resumed."""
