//! `AdamW` over all variables as one vector: a few kernels a step instead of thousands.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, ensure};
use candle_core::backprop::GradStore;
use candle_core::{DType, Device, Result, Tensor, Var};

use super::parameters::{Parameters, Stored, save};

/// How one variable learns.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// Its learning rate as a multiple of the schedule's.
    pub rate: f64,
    /// Decoupled weight decay.
    pub decay: f64,
}

/// Constants of the optimiser.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Largest norm of the gradient.
    pub clip: f64,
    /// Decay of the moving average of the weights, reached gradually.
    pub average: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            beta1: 0.9,
            beta2: 0.98,
            clip: 1.0,
            average: 0.999,
        }
    }
}

/// Variables, moments and moving average.
pub struct Optimizer {
    variables: Vec<(String, Var)>,
    settings: Settings,
    step: usize,
    weights: Tensor,
    first: Tensor,
    second: Tensor,
    average: Tensor,
    rate: Tensor,
    decay: Tensor,
}

/// The norm is summed in rows of this length.
const ROW: usize = 1024;

impl Optimizer {
    /// An optimiser of all variables made so far; `group` says how each learns.
    ///
    /// # Errors
    /// Those of the device.
    pub fn new(
        parameters: &Parameters,
        settings: Settings,
        group: impl Fn(&str, &[usize]) -> Group,
    ) -> Result<Self> {
        let (variables, device) = (parameters.variables(), parameters.device());
        let (mut rate, mut decay) = (Vec::new(), Vec::new());
        for (name, var) in &variables {
            let group = group(name, var.dims());
            rate.resize(rate.len() + var.elem_count(), group.rate as f32);
            decay.resize(decay.len() + var.elem_count(), group.decay as f32);
        }
        let padded = rate.len().next_multiple_of(ROW);
        rate.resize(padded, 0.0);
        decay.resize(padded, 0.0);
        let vars = variables.iter().map(|(_, v)| v.as_tensor().detach());
        let weights = flat(&vars.collect::<Vec<_>>(), padded, device)?;
        let zeros = Tensor::zeros(padded, DType::F32, device)?;
        Ok(Self {
            settings,
            step: 0,
            first: zeros.clone(),
            second: zeros,
            average: weights.clone(),
            weights,
            rate: Tensor::from_vec(rate, padded, device)?,
            decay: Tensor::from_vec(decay, padded, device)?,
            variables,
        })
    }

    /// Steps taken.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.step
    }

    /// One step at that learning rate.
    ///
    /// # Errors
    /// Naming a variable that the loss does not depend on.
    pub fn step(&mut self, gradients: &GradStore, rate: f64) -> Result<()> {
        let device = self.weights.device().clone();
        let gradients = self
            .variables
            .iter()
            .map(|(name, var)| match gradients.get(var.as_tensor()) {
                Some(gradient) => Ok(gradient.detach()),
                None => candle_core::bail!("{name} has no gradient"),
            })
            .collect::<Result<Vec<_>>>()?;
        let gradient = flat(&gradients, self.weights.elem_count(), &device)?;
        let gradient = clipped(&gradient, self.settings.clip)?;
        self.step += 1;
        let Settings { beta1, beta2, .. } = self.settings;
        let t = self.step as i32;
        self.first = ((&self.first * beta1)? + (&gradient * (1.0 - beta1))?)?;
        self.second = ((&self.second * beta2)? + (gradient.sqr()? * (1.0 - beta2))?)?;
        let first = (&self.first / (1.0 - beta1.powi(t)))?;
        let second = (&self.second / (1.0 - beta2.powi(t)))?;
        let change = ((first / (second.sqrt()? + 1e-8)?)? + (&self.weights * &self.decay)?)?;
        self.weights = (&self.weights - (change * &self.rate)?.affine(rate, 0.0)?)?;
        let t = self.step as f64;
        let keep = self.settings.average.min((1.0 + t) / (10.0 + t));
        self.average = ((&self.average * keep)? + (&self.weights * (1.0 - keep))?)?;
        self.put(&self.weights)
    }

    fn put(&self, values: &Tensor) -> Result<()> {
        let mut start = 0;
        for (_, var) in &self.variables {
            let n = var.elem_count();
            var.set(&values.narrow(0, start, n)?.reshape(var.shape())?)?;
            start += n;
        }
        Ok(())
    }

    /// What `work` gives while the variables hold the average of their weights.
    ///
    /// # Errors
    /// Those of `work` and of the device.
    pub fn averaged<R>(&self, work: impl FnOnce() -> anyhow::Result<R>) -> anyhow::Result<R> {
        self.put(&self.average)?;
        let result = work();
        self.put(&self.weights)?;
        result
    }

    /// Name and averaged value of every variable.
    ///
    /// # Errors
    /// Those of the device.
    pub fn average(&self) -> Result<Vec<(String, Tensor)>> {
        let mut start = 0;
        let mut all = Vec::new();
        for (name, var) in &self.variables {
            let n = var.elem_count();
            let value = self.average.narrow(0, start, n)?.reshape(var.shape())?;
            all.push((name.clone(), value));
            start += n;
        }
        Ok(all)
    }

    /// Writes what [`Self::resume`] needs.
    ///
    /// # Errors
    /// Those of the file.
    pub fn checkpoint(&self, path: &Path) -> anyhow::Result<()> {
        let named = [
            ("weights", &self.weights),
            ("first", &self.first),
            ("second", &self.second),
            ("average", &self.average),
        ];
        let tensors = named.map(|(name, t)| (name.to_owned(), t.clone()));
        let notes = HashMap::from([
            ("step".to_owned(), self.step.to_string()),
            ("variables".to_owned(), self.layout()),
        ]);
        save(path, &tensors, notes, Stored::Full)
    }

    /// Goes on from a checkpoint of the same variables.
    ///
    /// # Errors
    /// When the file is not a checkpoint of these variables.
    pub fn resume(&mut self, path: &Path) -> anyhow::Result<()> {
        let bytes =
            std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let (_, header) = safetensors::SafeTensors::read_metadata(&bytes)?;
        let notes = header.metadata().clone().unwrap_or_default();
        ensure!(
            notes.get("variables") == Some(&self.layout()),
            "{} is a checkpoint of another network; remove it to start anew",
            path.display()
        );
        let device = self.weights.device().clone();
        let tensors = candle_core::safetensors::load_buffer(&bytes, &device)?;
        let take = |name: &str| {
            let tensor = tensors.get(name).cloned();
            tensor.with_context(|| format!("{}: no '{name}'", path.display()))
        };
        self.step = notes.get("step").and_then(|s| s.parse().ok()).unwrap_or(0);
        (self.weights, self.first) = (take("weights")?, take("first")?);
        (self.second, self.average) = (take("second")?, take("average")?);
        Ok(self.put(&self.weights)?)
    }

    fn layout(&self) -> String {
        let one = |(name, var): &(String, Var)| format!("{name}{:?}", var.dims());
        self.variables.iter().map(one).collect::<Vec<_>>().join(" ")
    }
}

/// All tensors one after the other, with zeros up to `padded` values.
fn flat(tensors: &[Tensor], padded: usize, device: &Device) -> Result<Tensor> {
    let mut parts = tensors
        .iter()
        .map(Tensor::flatten_all)
        .collect::<Result<Vec<_>>>()?;
    let n = parts.iter().map(Tensor::elem_count).sum::<usize>();
    if padded > n {
        parts.push(Tensor::zeros(padded - n, DType::F32, device)?);
    }
    Tensor::cat(&parts, 0)
}

/// The gradient with a norm of at most `limit`, without asking the device for a number.
fn clipped(gradient: &Tensor, limit: f64) -> Result<Tensor> {
    let rows = gradient.reshape(((), ROW))?.sqr()?.sum(1)?;
    let norm = rows.sum_all()?.sqrt()?;
    let scale = ((norm + 1e-6)?.recip()? * limit)?.minimum(1f64)?;
    gradient.broadcast_mul(&scale)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use candle_nn::Init;

    /// Minimises |x − target|² over two variables.
    fn optimizer() -> (Parameters, Tensor, Tensor) {
        let parameters = Parameters::new(5, &Device::Cpu);
        let vb = parameters.builder();
        let init = Init::Uniform { lo: -1.0, up: 1.0 };
        let a = vb.get_with_hints(3, "a", init).unwrap();
        let b = vb.get_with_hints((2, 2), "b", init).unwrap();
        (parameters, a, b)
    }

    fn loss(a: &Tensor, b: &Tensor) -> Tensor {
        let of = |x: &Tensor| (x - 2.0).unwrap().sqr().unwrap().sum_all().unwrap();
        (of(a) + of(b)).unwrap()
    }

    const GROUP: Group = Group {
        rate: 1.0,
        decay: 0.0,
    };

    #[test]
    fn a_resumed_run_is_the_run_that_was_not_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.checkpoint");
        let run = |from: usize, to: usize| {
            let (parameters, a, b) = optimizer();
            let mut o = Optimizer::new(&parameters, Settings::default(), |_, _| GROUP).unwrap();
            if from > 0 {
                o.resume(&path).unwrap();
            }
            for _ in from..to {
                o.step(&loss(&a, &b).backward().unwrap(), 0.1).unwrap();
            }
            o.checkpoint(&path).unwrap();
            (
                a.to_vec1::<f32>().unwrap(),
                o.average().unwrap()[1].1.to_vec2::<f32>().unwrap(),
            )
        };
        let whole = run(0, 60);
        run(0, 25);
        assert_eq!(run(25, 60), whole);
        assert!(whole.0.iter().all(|x| (x - 2.0).abs() < 0.3), "{whole:?}");
    }

    #[test]
    fn a_variable_without_gradient_is_named() {
        let (parameters, a, _) = optimizer();
        let mut o = Optimizer::new(&parameters, Settings::default(), |_, _| GROUP).unwrap();
        let error = o.step(&loss(&a, &a).backward().unwrap(), 0.1).unwrap_err();
        assert!(error.to_string().contains("b has no gradient"));
    }

    #[test]
    fn long_gradients_are_shortened_and_short_ones_left() {
        let norm = |values: &[f32]| {
            let mut padded = values.to_vec();
            padded.resize(ROW, 0.0);
            let t = Tensor::from_vec(padded, ROW, &Device::Cpu).unwrap();
            let c = clipped(&t, 1.0).unwrap().sqr().unwrap().sum_all().unwrap();
            c.sqrt().unwrap().to_scalar::<f32>().unwrap()
        };
        assert!((norm(&[3.0, 4.0]) - 1.0).abs() < 1e-5);
        assert!((norm(&[0.3, 0.4]) - 0.5).abs() < 1e-5);
    }
}
