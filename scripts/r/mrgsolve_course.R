# A model file of mrgsolve, run as the documentation says. Arguments: model, doses, result, last day, step.
suppressPackageStartupMessages(library(mrgsolve))
said <- commandArgs(TRUE)
model <- mread(said[1], soloc = dirname(said[3]), quiet = TRUE)
doses <- read.csv(said[2])
if (nrow(doses)) model <- data_set(model, doses)
course <- as.data.frame(mrgsim(model, end = as.numeric(said[4]), delta = as.numeric(said[5]), rtol = 1e-8, atol = 1e-11))
names(course) <- sub("^TIME$", "time", names(course))
write.csv(course[!duplicated(course$time), ], said[3], row.names = FALSE)
