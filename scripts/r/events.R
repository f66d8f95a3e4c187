# Event tables through mrgsolve: what is in each compartment that nothing leaves, late in every step, when
# the infusions of its day are over.
# Arguments: the folder of the tables. Reads cases.csv (case, end, step), writes found.csv and refused.csv.
suppressPackageStartupMessages(library(mrgsolve))
folder <- commandArgs(TRUE)[1]
compartments <- paste0("drug", 1:3)
model <- mcode("amounts", paste(
  "$CMT", paste(compartments, collapse = " "),
  "\n$MAIN", paste0("\nD_", compartments, " = 0.04;\nR_", compartments, " = 100;", collapse = ""),
  "\n$ODE", paste0("dxdt_", compartments, " = 0;", collapse = " ")
), soloc = folder, quiet = TRUE)

found <- refused <- NULL
cases <- read.csv(file.path(folder, "cases.csv"))
for (row in seq_len(nrow(cases))) {
  case <- cases[row, ]
  table <- read.csv(file.path(folder, paste0(case$case, ".csv")))
  said <- tryCatch(
    {
      times <- tgrid(0.9 * case$step, case$end, case$step)
      course <- as.data.frame(mrgsim(data_set(model, table), tgrid = times, obsaug = TRUE))
      course <- course[!course$TIME %in% table$TIME, ]
      data.frame(case = case$case, time = course$TIME, course[compartments])
    },
    error = conditionMessage
  )
  if (is.character(said)) {
    refused <- rbind(refused, data.frame(case = case$case, said = gsub("\\s+", " ", said)))
  } else {
    found <- rbind(found, said)
  }
}
write.csv(found, file.path(folder, "found.csv"), row.names = FALSE)
write.csv(refused, file.path(folder, "refused.csv"), row.names = FALSE)
