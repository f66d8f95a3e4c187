# Processor seconds of one person's course in mrgsolve, for compare_mrgsolve.py. Arguments: model file, last time,
# time between outputs, dose, compartment, time between doses. Each line on standard input is a tolerance.
suppressPackageStartupMessages(library(mrgsolve))
said <- commandArgs(TRUE)
model <- mread(said[1], soloc = tempdir(), quiet = TRUE)
end <- as.numeric(said[2])
every <- as.numeric(said[6])
doses <- ev(amt = as.numeric(said[4]), cmt = said[5], ii = every, addl = ceiling(end / every) - 1)
cat("ready", as.character(packageVersion("mrgsolve")), "\n")
input <- file("stdin", open = "r")
while (length(line <- readLines(input, 1)) > 0) {
  tolerance <- as.numeric(line)
  start <- proc.time()
  runs <- 3
  for (i in seq_len(runs)) {
    mrgsim(model, events = doses, end = end, delta = as.numeric(said[3]), rtol = tolerance, atol = 1e-4 * tolerance)
  }
  spent <- proc.time() - start
  cat((spent[["user.self"]] + spent[["sys.self"]]) / runs, "\n")
}
