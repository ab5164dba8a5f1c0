//! The tensors of files of either form, under the names that models ask for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::safetensors::{MmapedSafetensors, SliceSafetensors};
use candle_core::{Device, Tensor};
use safetensors::tensor::TensorView;

use super::files::Files;
use super::header::{Form, first_cut, form_of, held_by, not_safetensors};
use super::names;
use super::pickle::Pickled;
use crate::models::error::ModelError;

/// One file of safetensors, its shards, files of PyTorch, or bytes inside the program.
pub(super) enum Content {
    Mapped {
        tensors: MmapedSafetensors,
        files: Vec<PathBuf>,
    },
    Pickled {
        parts: Vec<Pickled>,
        files: Vec<PathBuf>,
    },
    Embedded {
        tensors: SliceSafetensors<'static>,
        bytes: &'static [u8],
    },
}

impl Content {
    pub fn open(files: Files) -> Result<Self, ModelError> {
        let forms: Vec<Form> =
            (files.paths.iter().map(|path| form_of(path))).collect::<Result<_, _>>()?;
        if forms.contains(&Form::Pickle) {
            let parts: Vec<Pickled> = files
                .paths
                .iter()
                .map(|path| Pickled::open(path))
                .collect::<Result<_, _>>()?;
            if parts.len() > 1 {
                let names = |part: &Pickled| part.names().cloned().collect();
                let held: Vec<_> = files
                    .paths
                    .iter()
                    .cloned()
                    .zip(parts.iter().map(names))
                    .collect();
                files.check(&held)?;
            }
            return Ok(Self::Pickled {
                parts,
                files: files.paths,
            });
        }
        let tensors = map(&files.paths).map_err(|error| match first_cut(&files.paths) {
            Some(cut) => cut,
            None => not_safetensors(&files.paths[0], &error),
        })?;
        if files.paths.len() > 1 {
            let held = files
                .paths
                .iter()
                .map(|file| Ok((file.clone(), held_by(file)?)));
            files.check(&held.collect::<Result<Vec<_>, ModelError>>()?)?;
        }
        Ok(Self::Mapped {
            tensors,
            files: files.paths,
        })
    }

    pub fn embedded(name: &str, bytes: &'static [u8]) -> Result<Self, ModelError> {
        let tensors = SliceSafetensors::new(bytes)
            .map_err(|error| not_safetensors(Path::new(name), &error))?;
        Ok(Self::Embedded { tensors, bytes })
    }

    /// None where the weights are inside the program.
    pub fn files(&self) -> &[PathBuf] {
        match self {
            Self::Mapped { files, .. } | Self::Pickled { files, .. } => files,
            Self::Embedded { .. } => &[],
        }
    }

    fn names(&self) -> Vec<String> {
        let of =
            |all: Vec<(String, TensorView<'_>)>| all.into_iter().map(|(name, _)| name).collect();
        match self {
            Self::Mapped { tensors, .. } => of(tensors.tensors()),
            Self::Embedded { tensors, .. } => of(tensors.tensors()),
            Self::Pickled { parts, .. } => parts.iter().flat_map(Pickled::names).cloned().collect(),
        }
    }

    fn view(&self, name: &str) -> Option<TensorView<'_>> {
        match self {
            Self::Mapped { tensors, .. } => tensors.get(name).ok(),
            Self::Embedded { tensors, .. } => tensors.get(name).ok(),
            Self::Pickled { .. } => None,
        }
    }

    fn part(&self, name: &str) -> Option<&Pickled> {
        match self {
            Self::Pickled { parts, .. } => parts.iter().find(|part| part.shape(name).is_some()),
            Self::Mapped { .. } | Self::Embedded { .. } => None,
        }
    }

    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        match self.part(name) {
            Some(part) => part.shape(name).map(<[usize]>::to_vec),
            None => self.view(name).map(|view| view.shape().to_vec()),
        }
    }

    fn load(&self, name: &str, device: &Device) -> candle_core::Result<Tensor> {
        match self {
            Self::Mapped { tensors, .. } => tensors.load(name, device),
            Self::Embedded { tensors, .. } => tensors.load(name, device),
            Self::Pickled { .. } => match self.part(name) {
                Some(part) => part.load(name, device),
                None => candle_core::bail!("no tensor '{name}'"),
            },
        }
    }

    fn are_equal(&self, a: &str, b: &str) -> Option<bool> {
        if let (Some(of_a), Some(of_b)) = (self.part(a), self.part(b)) {
            return Some(of_a.bytes(a).ok()? == of_b.bytes(b).ok()?);
        }
        let (a, b) = (self.view(a)?, self.view(b)?);
        Some(a.dtype() == b.dtype() && a.shape() == b.shape() && a.data() == b.data())
    }
}

/// Contents laid one over the other, the uppermost first.
pub(super) struct Tensors {
    layers: Vec<Arc<Content>>,
    /// By the name that models ask for: the layer, and the name in it.
    names: BTreeMap<String, (usize, String)>,
}

impl Tensors {
    pub fn of(file: &str, content: Content) -> Result<Self, ModelError> {
        let names = names::by_model(file, content.names())?;
        let names = names.into_iter().map(|(name, own)| (name, (0, own)));
        Ok(Self {
            names: names.collect(),
            layers: vec![Arc::new(content)],
        })
    }

    pub fn over(&self, base: &Self) -> Self {
        let below = self.layers.len();
        let mut names = self.names.clone();
        for (name, (layer, own)) in &base.names {
            names
                .entry(name.clone())
                .or_insert_with(|| (layer + below, own.clone()));
        }
        let layers = self.layers.iter().chain(&base.layers).cloned().collect();
        Self { layers, names }
    }

    pub fn layers(&self) -> &[Arc<Content>] {
        &self.layers
    }

    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.names.keys()
    }

    pub fn contains(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    fn find(&self, name: &str) -> Option<(&Content, &str)> {
        let (layer, own) = self.names.get(name)?;
        Some((&self.layers[*layer], own))
    }

    pub fn shape(&self, name: &str) -> Option<Vec<usize>> {
        let (content, own) = self.find(name)?;
        content.shape(own)
    }

    pub fn load(&self, name: &str, device: &Device) -> candle_core::Result<Tensor> {
        match self.find(name) {
            Some((content, own)) => content.load(own, device),
            None => candle_core::bail!("no tensor '{name}'"),
        }
    }

    /// Whether two tensors are the same to the bit; `None` where one is not there, or they are not of one
    /// layer.
    pub fn are_equal(&self, a: &str, b: &str) -> Option<bool> {
        let ((of_a, a), (of_b, b)) = (self.find(a)?, self.find(b)?);
        std::ptr::eq(of_a, of_b).then(|| of_a.are_equal(a, b))?
    }
}

#[expect(
    unsafe_code,
    reason = "mapping a file is the way to read weights of gigabytes"
)]
fn map(files: &[PathBuf]) -> candle_core::Result<MmapedSafetensors> {
    // SAFETY: the mapping is read only. Another process that shortened the file while it is in use
    // would break it, as it would for every program that maps files; weights are written once.
    unsafe { MmapedSafetensors::multi(files) }
}
