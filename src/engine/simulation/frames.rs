//! The Cα atoms of a run's frames: from a trajectory whose atoms are matched with the structure's, or from a
//! file of several models.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use crate::engine::trajectory::{Pick, Run, TrajectoryError};
use crate::engine::{EngineError, Observer};
use crate::numeric::Vec3;
use crate::protein::{Model, Protein, Residue, Structure, read};
use crate::study::{DynamicsRequest, SimulationRun};

/// The frames of one file.
#[derive(Debug)]
pub(super) enum Frames {
    Trajectory {
        run: Run,
        pick: Pick,
        /// For each residue its place among the picked atoms.
        order: Vec<usize>,
    },
    Models(Vec<Vec<Vec3>>),
}

impl Frames {
    /// Opens the files of a run for the Cα of some residues.
    pub(super) fn open_all(
        request: &DynamicsRequest,
        run: &SimulationRun,
        residues: &[usize],
        observer: &dyn Observer,
    ) -> Result<Vec<Self>, EngineError> {
        let topology = Topology::new(request, run, residues)?;
        let open = |file: &std::path::PathBuf| match Run::open(file, observer) {
            Ok(found) => topology.matched(found),
            Err(TrajectoryError::Foreign { file: name }) => {
                let models = models(file, &request.protein, residues);
                models.unwrap_or_else(|| Err(TrajectoryError::Foreign { file: name }.into()))
            }
            Err(other) => Err(other.into()),
        };
        run.files.iter().map(open).collect()
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Trajectory { run, .. } => run.len(),
            Self::Models(models) => models.len(),
        }
    }

    /// Atoms that are read for a frame.
    pub(super) fn atoms(&self) -> usize {
        match self {
            Self::Trajectory { run, .. } => run.atoms(),
            Self::Models(models) => models.first().map_or(0, Vec::len),
        }
    }

    /// What is missing at the end of the file.
    pub(super) fn cut(&self) -> Option<String> {
        match self {
            Self::Trajectory { run, .. } => run.cut(),
            Self::Models(_) => None,
        }
    }

    pub(super) fn reader(&self) -> Result<Reader<'_>, EngineError> {
        let file = match self {
            Self::Trajectory { run, .. } => Some(run.handle()?),
            Self::Models(_) => None,
        };
        Ok(Reader { frames: self, file })
    }
}

/// Reads the frames of one file.
pub(super) struct Reader<'a> {
    frames: &'a Frames,
    file: Option<File>,
}

impl Reader<'_> {
    /// The Cα of a frame, by residue, in Å.
    pub(super) fn read(&mut self, frame: usize) -> Result<Vec<Vec3>, EngineError> {
        match (self.frames, &mut self.file) {
            (Frames::Trajectory { run, pick, order }, Some(file)) => {
                let mut picked = Vec::with_capacity(order.len());
                run.read(file, frame, pick, &mut picked)?;
                Ok(order.iter().map(|k| picked[*k]).collect())
            }
            (Frames::Models(models), _) => Ok(models[frame].clone()),
            _ => Ok(Vec::new()),
        }
    }
}

/// A way to count atoms, and the places of the wanted ones.
struct Counting {
    what: String,
    atoms: usize,
    places: Vec<usize>,
}

/// Every way in which the atoms of a trajectory may be those of the structure.
struct Topology {
    name: String,
    ways: Vec<Counting>,
}

impl Topology {
    fn new(
        request: &DynamicsRequest,
        run: &SimulationRun,
        residues: &[usize],
    ) -> Result<Self, EngineError> {
        let protein = &request.protein;
        let wanted: Vec<&Residue> = residues.iter().map(|i| &protein.residues[*i]).collect();
        let mut models = request.structure.models.iter();
        let model = models.find(|m| m.number == protein.model);
        let mut ways = Vec::new();
        let all = Atoms::of_file(run.topology.as_deref())?;
        if let Some(all) = &all {
            ways.extend(all.counted("atoms of the file", &wanted, |_| true));
            if let Some(model) = model {
                let of_protein = Atoms::of_model(model).places;
                ways.extend(
                    all.counted("of its protein", &wanted, |at| of_protein.contains_key(&at)),
                );
            }
        } else if let Some(model) = model {
            ways.extend(Atoms::of_model(model).counted("atoms of its protein", &wanted, |_| true));
        }
        let of_chains = Atoms::of_residues(&protein.residues);
        ways.extend(of_chains.counted("of the chains that are studied", &wanted, |_| true));
        if let Some(model) = model {
            let carbons = Atoms::carbons(model.chains.iter().flat_map(|c| &c.residues));
            ways.extend(carbons.counted("Cα", &wanted, |_| true));
        }
        let own = Atoms::carbons(protein.residues.iter());
        ways.extend(own.counted("Cα of the chains that are studied", &wanted, |_| true));
        Ok(Self {
            name: protein.name.clone(),
            ways,
        })
    }

    fn matched(&self, run: Run) -> Result<Frames, EngineError> {
        let Some(way) = self.ways.iter().find(|way| way.atoms == run.atoms()) else {
            let known: Vec<String> = self
                .ways
                .iter()
                .map(|way| format!("{} {}", way.atoms, way.what))
                .collect();
            return Err(EngineError::Unsupported(format!(
                "{} has {} atoms, {} has {}: give the structure that the simulation was run with, or write \
                 out the trajectory of its protein or Cα",
                run.path().display(),
                run.atoms(),
                self.name,
                known.join(", ")
            )));
        };
        let mut rising = way.places.clone();
        rising.sort_unstable();
        let place = |p: &usize| rising.binary_search(p).unwrap_or_default();
        Ok(Frames::Trajectory {
            order: way.places.iter().map(place).collect(),
            pick: Pick::new(rising),
            run,
        })
    }
}

/// A place in space as a key: thousandths of an Å, as files have them.
type Key = [i64; 3];

fn key(p: Vec3) -> Key {
    [p.x, p.y, p.z].map(|x| (1000.0 * x).round() as i64)
}

/// Atoms in an order, by where they are: one structure, read in two ways, has them at the same places.
struct Atoms {
    list: Vec<(String, Key)>,
    places: HashMap<Key, usize>,
}

impl Atoms {
    fn new(list: Vec<(String, Key)>) -> Self {
        let places = list
            .iter()
            .enumerate()
            .map(|(at, (_, key))| (*key, at))
            .collect();
        Self { list, places }
    }

    /// `None` without a file.
    fn of_file(file: Option<&Path>) -> Result<Option<Self>, EngineError> {
        let Some(file) = file else { return Ok(None) };
        let name = file.display().to_string();
        let refused = |why: String| EngineError::Unsupported(format!("{name}: {why}"));
        let bytes = std::fs::read(file).map_err(|e| refused(e.to_string()))?;
        let atoms = read::atoms(&name, &bytes).map_err(|e| refused(e.to_string()))?;
        let list = atoms.into_iter().map(|(name, p)| (name, key(p))).collect();
        Ok(Some(Self::new(list)))
    }

    fn of_model(model: &Model) -> Self {
        Self::of(model.chains.iter().flat_map(|c| &c.residues), |_| true)
    }

    fn of_residues(residues: &[Residue]) -> Self {
        Self::of(residues.iter(), |_| true)
    }

    fn carbons<'a>(residues: impl Iterator<Item = &'a Residue>) -> Self {
        Self::of(residues, |name| name == "CA")
    }

    fn of<'a>(residues: impl Iterator<Item = &'a Residue>, takes: impl Fn(&str) -> bool) -> Self {
        let atoms = residues.flat_map(|r| &r.atoms).filter(|a| takes(&a.name));
        Self::new(atoms.map(|a| (a.name.clone(), key(a.position))).collect())
    }

    /// The wanted Cα counted among those of these atoms that are taken; `None` where one of them is not there.
    fn counted(
        &self,
        what: &str,
        wanted: &[&Residue],
        takes: impl Fn(Key) -> bool,
    ) -> Option<Counting> {
        let mut rank = vec![usize::MAX; self.list.len()];
        let mut atoms = 0;
        for ((_, key), rank) in self.list.iter().zip(&mut rank) {
            if takes(*key) {
                *rank = atoms;
                atoms += 1;
            }
        }
        let place = |residue: &&Residue| {
            let at = *self.places.get(&key(residue.position("CA")?))?;
            let is_it = self.list[at].0 == "CA" && rank[at] != usize::MAX;
            is_it.then(|| rank[at])
        };
        let places: Option<Vec<usize>> = wanted.iter().map(place).collect();
        Some(Counting {
            what: what.to_owned(),
            atoms,
            places: places?,
        })
    }
}

/// The models of a file of several, by the residues; `None` for a file of another kind.
fn models(
    file: &Path,
    protein: &Protein,
    residues: &[usize],
) -> Option<Result<Frames, EngineError>> {
    let (structure, _): (Structure, _) = read::read(file).ok()?;
    let find = |model: &Model| -> Result<Vec<Vec3>, EngineError> {
        let atoms: HashMap<_, _> = model
            .chains
            .iter()
            .flat_map(|c| &c.residues)
            .filter_map(|r| Some((&r.id, r.position("CA")?)))
            .collect();
        let position = |i: &usize| {
            let id = &protein.residues[*i].id;
            atoms.get(id).copied().ok_or_else(|| {
                EngineError::Unsupported(format!(
                    "{}: model {} has no residue {id} with a Cα",
                    file.display(),
                    model.number
                ))
            })
        };
        residues.iter().map(position).collect()
    };
    let models: Result<Vec<Vec<Vec3>>, EngineError> = structure.models.iter().map(find).collect();
    Some(models.map(Frames::Models))
}
