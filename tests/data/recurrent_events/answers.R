# Answers that tests/test_statistics_reference.py holds the Python code to.
# Run in this folder: Rscript answers.R   (R 4.2.2, survival 3.5-3, MASS 7.3-58.2)
library(survival)
library(MASS)
options(digits = 12)
counts <- read.csv("counts.csv")
rows <- read.csv("intervals.csv")
first <- do.call(rbind, lapply(split(rows, rows$id), function(person) person[1, ]))
tied <- transform(first, stop = ceiling(stop * 10) / 10)
z <- counts$id %% 7
tight <- glm.control(epsilon = 1e-14, maxit = 200)

fit <- glm.nb(n ~ x + offset(log(T)), data = counts, control = tight)
print(summary(fit)$coef)
cat("theta", fit$theta, fit$SE.theta, "log-likelihood", logLik(fit), "\n")
fit <- glm.nb(n ~ z + x + offset(log(T)), data = counts, control = tight)
print(summary(fit)$coef)
cat("theta", fit$theta, "\n")

print(summary(coxph(Surv(start, stop, ev) ~ x, data = rows, cluster = id))$coef)
curve <- survfit(Surv(start, stop, ev) ~ x, data = rows, id = id, cluster = id)
at <- summary(curve, times = c(.25, .5, .9))
print(data.frame(at$strata, at$time, at$n.risk, at$cumhaz, at$std.chaz))

coarse <- transform(rows, start = ceiling(start * 50) / 50, stop = ceiling(stop * 50) / 50)
coarse <- coarse[coarse$stop > coarse$start, ]
print(summary(coxph(Surv(start, stop, ev) ~ x, data = coarse, cluster = id, ties = "breslow"))$coef)
curve <- survfit(Surv(start, stop, ev) ~ x, data = coarse, id = id, cluster = id)
at <- summary(curve, times = c(.26, .5, .9))
print(data.frame(at$strata, at$time, at$n.risk, at$cumhaz, at$std.chaz))

for (data in list(first, tied)) {
  print(summary(coxph(Surv(stop, ev) ~ x, data = data))$coef)
  print(summary(coxph(Surv(stop, ev) ~ x + z, data = cbind(data, z)))$coef)
  at <- summary(survfit(Surv(stop, ev) ~ x, data = data, conf.type = "log-log"), times = c(.25, .5, .9))
  print(data.frame(at$strata, at$time, at$n.risk, at$surv, at$std.err, at$lower, at$upper))
  test <- survdiff(Surv(stop, ev) ~ x, data = data)
  cat("log-rank", test$chisq, "observed", test$obs, "expected", test$exp, "\n")
}

fit <- lm(T ~ x + z, data = counts)
print(summary(fit)$coef)
print(confint(fit))
print(predict(fit, data.frame(x = 0:1, z = mean(z)), se.fit = TRUE, interval = "confidence"))
