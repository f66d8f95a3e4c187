# A model file of rxode2, run as the documentation says. Arguments: model, doses, result, last day, step.
suppressPackageStartupMessages(library(rxode2))
said <- commandArgs(TRUE)
model <- rxode2(readChar(said[1], file.size(said[1])))
doses <- read.csv(said[2])
times <- seq(0, as.numeric(said[4]), as.numeric(said[5]))
events <- if (nrow(doses)) et(et(doses), times) else et(times)
course <- as.data.frame(rxSolve(model, events, method = "lsoda", atol = 1e-11, rtol = 1e-8))
write.csv(course[!duplicated(course$time), ], said[3], row.names = FALSE)
