//! The small partners of the stability network: perceptrons that differ by their seed.

use candle_core::{Device, Tensor};
use rand::RngExt;
use rand::seq::SliceRandom;

use super::chains::generator;
use super::domains::Domain;
use super::optimizer::{Group, Optimizer, Settings};
use super::parameters::Parameters;
use super::session::Schedule;
use crate::models::layers::Pass;
use crate::models::stability::descriptors::SUBSTITUTION;
use crate::models::stability::perceptron::{Perceptron, Standard};

const EPOCHS: usize = 8;
const MINIBATCH: usize = 512;
const RATE: f64 = 1e-3;
const WEIGHT_DECAY: f64 = 0.05;
/// Share of the substitutions whose side-chain features are hidden, so that structures without side
/// chains can be judged as well.
const HIDDEN_SIDE_CHAINS: f64 = 0.2;
/// Where the side-chain features lie in the inputs.
const SIDE_CHAINS: std::ops::Range<usize> = 71..77;

/// A trained perceptron, what standardises its inputs, and its variables.
pub(crate) struct Fitted {
    pub net: Perceptron,
    pub standard: Standard,
    pub parameters: Parameters,
}

/// Inputs and values of all measured substitutions.
struct Rows {
    inputs: Vec<[f32; SUBSTITUTION]>,
    values: Vec<f32>,
}

/// Fits one perceptron to the domains.
pub(crate) fn fit(domains: &[&Domain], seed: u64) -> anyhow::Result<Fitted> {
    let rows = rows(domains, seed);
    let parameters = Parameters::new(seed, &Device::Cpu);
    let net = Perceptron::new(&parameters.builder())?;
    let standard = standard(&rows.inputs)?;
    let per_epoch = rows.values.len() / MINIBATCH;
    let schedule = Schedule {
        rate: RATE,
        warm_up: 1,
        steps: EPOCHS * per_epoch,
        floor: 0.0,
    };
    let settings = Settings {
        beta2: 0.999,
        clip: f64::INFINITY,
        average: 0.0,
        ..Settings::default()
    };
    let mut optimizer = Optimizer::new(&parameters, settings, |_, _| Group {
        rate: 1.0,
        decay: WEIGHT_DECAY,
    })?;
    for epoch in 0..EPOCHS {
        let mut order: Vec<usize> = (0..rows.values.len()).collect();
        order.shuffle(&mut generator(seed, 5, epoch));
        for chosen in order.chunks_exact(MINIBATCH) {
            let step = optimizer.steps();
            let x: Vec<f32> = chosen.iter().flat_map(|&i| rows.inputs[i]).collect();
            let x = Tensor::from_vec(x, (MINIBATCH, SUBSTITUTION), &Device::Cpu)?;
            let y: Vec<f32> = chosen.iter().map(|&i| rows.values[i]).collect();
            let y = Tensor::from_vec(y, MINIBATCH, &Device::Cpu)?;
            let pass = Pass::training(seed.wrapping_mul(7919).wrapping_add(step as u64));
            let predicted = net.forward(&standard.apply(&x)?, &pass)?;
            let loss = huber(&(predicted - y)?)?.mean_all()?;
            optimizer.step(&loss.backward()?, schedule.at(step))?;
        }
    }
    Ok(Fitted {
        net,
        standard,
        parameters,
    })
}

/// ½ e² up to 1 kcal/mol, |e| − ½ beyond.
pub(crate) fn huber(error: &Tensor) -> candle_core::Result<Tensor> {
    let size = error.abs()?;
    let near = size.minimum(1f64)?;
    (near.sqr()? * 0.5)? + (size - near)?
}

fn rows(domains: &[&Domain], seed: u64) -> Rows {
    let mut generator = generator(seed, 4, 0);
    let (mut inputs, mut values) = (Vec::new(), Vec::new());
    for domain in domains {
        let all = domain.site.substitutions();
        for (entry, mut input) in all.into_iter().enumerate() {
            if domain.known[entry] > 0.0 {
                if generator.random::<f64>() < HIDDEN_SIDE_CHAINS {
                    input[SIDE_CHAINS].fill(0.0);
                }
                inputs.push(input);
                values.push(domain.value[entry]);
            }
        }
    }
    Rows { inputs, values }
}

fn standard(inputs: &[[f32; SUBSTITUTION]]) -> anyhow::Result<Standard> {
    let n = inputs.len().max(2) as f64;
    let (mut mean, mut square) = ([0f64; SUBSTITUTION], [0f64; SUBSTITUTION]);
    for input in inputs {
        for (i, &x) in input.iter().enumerate() {
            mean[i] += f64::from(x) / n;
        }
    }
    for input in inputs {
        for (i, &x) in input.iter().enumerate() {
            square[i] += (f64::from(x) - mean[i]).powi(2) / (n - 1.0);
        }
    }
    let tensor = |values: Vec<f32>| Tensor::from_vec(values, SUBSTITUTION, &Device::Cpu);
    Ok(Standard {
        mean: tensor(mean.iter().map(|&x| x as f32).collect())?,
        scale: tensor(square.iter().map(|&x| (x.sqrt() + 1e-3) as f32).collect())?,
    })
}
