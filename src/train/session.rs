//! One training run: schedule, steps, log, evaluation, checkpoint, and going on after a stop.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write;
use std::time::Instant;

use anyhow::Context;
use candle_core::Tensor;

use super::optimizer::{Group, Optimizer, Settings};
use super::options::Options;
use super::parameters::Parameters;
use super::prefetch::{prefetched, workers};

/// Learning rate over the steps: linear warm-up, then a cosine down to a share of the full rate.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// Full learning rate.
    pub rate: f64,
    /// Steps of warm-up.
    pub warm_up: usize,
    /// Steps in all.
    pub steps: usize,
    /// Share of the full rate at the end.
    pub floor: f64,
}

impl Schedule {
    /// The learning rate of a step, counted from 0.
    #[must_use]
    pub fn at(&self, step: usize) -> f64 {
        let progress = step as f64 / self.steps as f64;
        let cosine = 0.5 * (1.0 + (std::f64::consts::PI * progress).cos());
        let warm = ((step + 1) as f64 / self.warm_up.max(1) as f64).min(1.0);
        self.rate * warm * (self.floor + (1.0 - self.floor) * cosine)
    }
}

/// A run in progress.
pub struct Session<'a> {
    /// Variables and moments.
    pub optimizer: Optimizer,
    schedule: Schedule,
    options: Options,
    progress: &'a mut dyn Write,
    started: Instant,
    first: usize,
    losses: Vec<Tensor>,
}

impl<'a> Session<'a> {
    /// Starts a run, or goes on where its checkpoint ended.
    ///
    /// # Errors
    /// Those of the checkpoint.
    pub fn start(
        options: &Options,
        schedule: Schedule,
        settings: Settings,
        parameters: &Parameters,
        group: impl Fn(&str, &[usize]) -> Group,
        progress: &'a mut dyn Write,
    ) -> anyhow::Result<Self> {
        let mut optimizer = Optimizer::new(parameters, settings, group)?;
        let checkpoint = options.beside("checkpoint");
        if checkpoint.exists() {
            optimizer.resume(&checkpoint)?;
        }
        let first = optimizer.steps();
        let device = parameters.device();
        if device.is_cuda() {
            device.set_seed(options.seed.wrapping_add(first as u64))?;
        }
        let count = parameters.count();
        writeln!(
            progress,
            "{count} parameters, step {first} of {}",
            schedule.steps
        )?;
        Ok(Self {
            optimizer,
            schedule,
            options: options.clone(),
            progress,
            started: Instant::now(),
            first,
            losses: Vec::new(),
        })
    }

    /// The step that comes next; `None` when all are done or the time is up.
    #[must_use]
    pub fn next_step(&self) -> Option<usize> {
        let step = self.optimizer.steps();
        let minutes = self.started.elapsed().as_secs_f64() / 60.0;
        let late = self.options.stop_after.is_some_and(|limit| minutes > limit);
        (step < self.schedule.steps && !late).then_some(step)
    }

    /// Whether all steps are done.
    #[must_use]
    fn is_finished(&self) -> bool {
        self.optimizer.steps() >= self.schedule.steps
    }

    /// One step down the gradient of `loss`.
    ///
    /// # Errors
    /// Those of the device.
    pub fn learn(&mut self, loss: &Tensor) -> anyhow::Result<()> {
        let rate = self.schedule.at(self.optimizer.steps());
        self.optimizer.step(&loss.backward()?, rate)?;
        self.losses.push(loss.detach());
        if self.losses.len() >= self.options.report {
            self.report()?;
        }
        Ok(())
    }

    /// Whether an evaluation is due after the step just taken.
    #[must_use]
    fn evaluation_is_due(&self) -> bool {
        let step = self.optimizer.steps();
        step.is_multiple_of(self.options.evaluate.max(1)) && step > self.first
    }

    fn report(&mut self) -> anyhow::Result<()> {
        if self.losses.is_empty() {
            return Ok(());
        }
        let sum = Tensor::stack(&self.losses, 0)?.sum_all()?;
        let mean = f64::from(sum.to_scalar::<f32>()?) / self.losses.len() as f64;
        anyhow::ensure!(mean.is_finite(), "the loss is no longer a number");
        self.losses.clear();
        self.log(&[("loss", mean)])
    }

    /// Writes named values of the present step to the log and the progress.
    ///
    /// # Errors
    /// Those of the files.
    pub fn log(&mut self, values: &[(&str, f64)]) -> anyhow::Result<()> {
        let (step, seconds) = (self.optimizer.steps(), self.started.elapsed().as_secs_f64());
        let path = self.options.beside("csv");
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let fresh = !path.exists();
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        if fresh {
            writeln!(file, "step,seconds,name,value")?;
        }
        let mut line = format!("step {step} of {}, {seconds:.0} s:", self.schedule.steps);
        for (name, value) in values {
            writeln!(file, "{step},{seconds:.1},{name},{value:.6}")?;
            write!(line, " {name} {value:.4}")?;
        }
        let each = seconds / (step - self.first).max(1) as f64;
        writeln!(self.progress, "{line} ({:.0} ms a step)", 1e3 * each)?;
        Ok(self.progress.flush()?)
    }

    /// Takes the steps that remain: `make` on other threads, `learn` for the loss of a step, `judge` now
    /// and then while the variables hold their average. Whether all steps are done.
    ///
    /// # Errors
    /// Those of the device and the files.
    pub fn follow<T: Send>(
        &mut self,
        make: impl Fn(usize) -> Option<T> + Sync,
        learn: impl Fn(usize, T) -> anyhow::Result<Tensor>,
        judge: impl Fn() -> anyhow::Result<Vec<(&'static str, f64)>>,
    ) -> anyhow::Result<bool> {
        prefetched(workers(), self.first, make, |next| -> anyhow::Result<()> {
            while let Some(step) = self.next_step() {
                let Some(item) = next().flatten() else { break };
                self.learn(&learn(step, item)?)?;
                if self.evaluation_is_due() || self.is_finished() {
                    let scores = self.optimizer.averaged(&judge)?;
                    self.log(&scores)?;
                    self.checkpoint()?;
                }
            }
            Ok(())
        })?;
        if !self.is_finished() {
            self.checkpoint()?;
            writeln!(self.progress, "stopped; the same command goes on")?;
        }
        Ok(self.is_finished())
    }

    /// Writes the checkpoint.
    ///
    /// # Errors
    /// Those of the file.
    fn checkpoint(&mut self) -> anyhow::Result<()> {
        self.report()?;
        self.optimizer
            .checkpoint(&self.options.beside("checkpoint"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_warms_up_and_falls_to_its_floor() {
        let schedule = Schedule {
            rate: 2.0,
            warm_up: 10,
            steps: 1000,
            floor: 0.01,
        };
        assert!((schedule.at(0) - 0.2).abs() < 1e-6);
        assert!(schedule.at(10) > 1.99);
        assert!((schedule.at(1000) - 0.02).abs() < 1e-9);
    }
}
