# Hazard ratio and Kaplan-Meier estimate of each replicate, from the data sets of a trial.
# Arguments: the folder, csv or xpt, the parameter, the result.
library(survival)
said <- commandArgs(TRUE)
file <- file.path(said[1], paste0("adtte.", said[2]))
times <- if (said[2] == "xpt") foreign::read.xport(file) else read.csv(file)
times <- subset(times, PARAMCD == said[3])
found <- NULL
for (one in split(times, times$REPLICAT)) {
  fit <- coxph(Surv(AVAL, 1 - CNSR) ~ I(TRT01PN == 1), data = one, ties = "efron")
  row <- data.frame(replicate = one$REPLICAT[1], log_ratio = unname(coef(fit)))
  for (arm in sort(unique(one$TRT01PN))) {
    mine <- survfit(Surv(AVAL, 1 - CNSR) ~ 1, data = subset(one, TRT01PN == arm))
    for (month in c(3, 6, 9)) {
      row[[paste0("free_", arm, "_", month)]] <- summary(mine, times = month * 365.25 / 12)$surv
    }
  }
  found <- rbind(found, row)
}
write.csv(found, said[4], row.names = FALSE)
