//! Every file that results can become: what it is about, its format, and what the user reads of it.

/// What a file is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// How each residue moves.
    Dynamics,
    /// The 3 × 3 covariances as ANISOU records.
    Tensors,
    /// The frames of a simulation.
    Run,
    /// The map of correlations.
    Coupling,
    /// The map of mutual information.
    MutualInformation,
    /// The predicted aligned error of the model.
    Pae,
    /// The backbone as it is turned and coloured.
    Structure,
    /// The mutation map.
    Scores,
    /// Scores of given variants.
    Variants,
    /// What differs between two structures.
    Comparison,
    /// A list of variants by several methods, ranked.
    Ranking,
    /// Conformations.
    Ensemble,
    /// The table of substitutions as filtered and sorted.
    Table,
    /// The table of residues as filtered and sorted.
    Residues,
    /// What is marked, with notes.
    Marks,
    /// All of it as a page.
    Report,
}

/// A file that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Product {
    /// What it is about.
    pub family: Family,
    /// The ending of its name.
    pub ending: &'static str,
    /// The option of the command that makes it.
    pub option: &'static str,
    /// What the user reads of it.
    pub about: &'static str,
}

const fn product(family: Family, ending: &'static str, about: &'static str) -> Product {
    Product {
        family,
        ending,
        option: ending,
        about,
    }
}

const fn named(
    family: Family,
    ending: &'static str,
    option: &'static str,
    about: &'static str,
) -> Product {
    Product {
        option,
        ..product(family, ending, about)
    }
}

/// All of them, in the order of the dialog.
pub const PRODUCTS: &[Product] = &[
    product(Family::Report, "html", "report of everything, one file"),
    product(
        Family::Report,
        "md",
        "report as Markdown, pictures beside it",
    ),
    product(Family::Dynamics, "csv", "table of the residues"),
    product(Family::Dynamics, "json", "everything but the maps"),
    product(Family::Dynamics, "npz", "arrays for NumPy, maps too"),
    product(Family::Dynamics, "pdb", "structure, RMSF in the B column"),
    product(Family::Dynamics, "cif", "mmCIF, RMSF in the B column"),
    named(
        Family::Tensors,
        "pdb",
        "anisou",
        "Cα atoms with ANISOU records",
    ),
    product(
        Family::Dynamics,
        "nmd",
        "collective motions for NMWiz, ProDy",
    ),
    product(Family::Dynamics, "pml", "PyMOL: putty, ellipsoids, marks"),
    product(Family::Dynamics, "cxc", "ChimeraX: worm, colours, marks"),
    product(Family::Dynamics, "svg", "picture of the flexibility"),
    product(Family::Dynamics, "png", "picture of the flexibility"),
    named(
        Family::Coupling,
        "csv",
        "coupling-csv",
        "table of all pairs: coupling, correlation, LMI",
    ),
    named(
        Family::Coupling,
        "svg",
        "coupling-svg",
        "picture of the coupling map",
    ),
    named(
        Family::Coupling,
        "png",
        "coupling-png",
        "picture of the coupling map",
    ),
    named(
        Family::MutualInformation,
        "svg",
        "lmi-svg",
        "picture of the linear mutual information",
    ),
    named(
        Family::MutualInformation,
        "png",
        "lmi-png",
        "picture of the linear mutual information",
    ),
    named(
        Family::Pae,
        "csv",
        "pae-csv",
        "table of all pairs: PAE, its domains",
    ),
    named(
        Family::Pae,
        "npz",
        "pae-npz",
        "PAE and its domains for NumPy",
    ),
    named(Family::Pae, "svg", "pae-svg", "picture of the PAE"),
    named(Family::Pae, "png", "pae-png", "picture of the PAE"),
    named(
        Family::Structure,
        "svg",
        "structure-svg",
        "picture of the structure as turned",
    ),
    named(
        Family::Structure,
        "png",
        "structure-png",
        "picture of the structure as turned",
    ),
    product(Family::Comparison, "csv", "what differs, a row a residue"),
    product(Family::Comparison, "json", "what differs, with overlaps"),
    product(Family::Comparison, "npz", "what differs, couplings too"),
    product(Family::Comparison, "pdb", "both structures, superposed"),
    named(
        Family::Run,
        "csv",
        "rmsd-csv",
        "RMSD of the simulation's frames",
    ),
    product(Family::Ensemble, "pdb", "conformations as models"),
    product(Family::Scores, "csv", "table of the substitutions"),
    product(Family::Scores, "json", "substitutions with provenance"),
    product(Family::Scores, "npz", "arrays for NumPy"),
    product(
        Family::Scores,
        "pdb",
        "structure, mean score in the B column",
    ),
    product(Family::Scores, "cif", "mmCIF, mean score in the B column"),
    product(Family::Scores, "svg", "picture of the mutation map"),
    product(Family::Scores, "png", "picture of the mutation map"),
    product(Family::Variants, "csv", "table of the variants"),
    product(Family::Variants, "json", "variants with provenance"),
    product(Family::Ranking, "csv", "variants by every method, ranked"),
    product(Family::Table, "csv", "triage table as filtered"),
    product(Family::Table, "json", "triage table, with provenance"),
    product(Family::Table, "pml", "PyMOL: the rows of the table"),
    product(Family::Residues, "csv", "residue table as filtered"),
    product(Family::Marks, "csv", "marks with notes and scores"),
    product(Family::Marks, "json", "marks with every measure"),
    product(Family::Marks, "pml", "PyMOL: the marks alone"),
];

impl Family {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::Dynamics,
        Self::Tensors,
        Self::Run,
        Self::Coupling,
        Self::MutualInformation,
        Self::Pae,
        Self::Structure,
        Self::Scores,
        Self::Variants,
        Self::Comparison,
        Self::Ranking,
        Self::Ensemble,
        Self::Table,
        Self::Residues,
        Self::Marks,
        Self::Report,
    ];

    /// Its name on the command line.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Dynamics => "dynamics",
            Self::Tensors => "anisou",
            Self::Run => "run",
            Self::Coupling => "coupling",
            Self::MutualInformation => "lmi",
            Self::Pae => "pae",
            Self::Structure => "structure",
            Self::Scores => "scores",
            Self::Variants => "variants",
            Self::Comparison => "comparison",
            Self::Ranking => "ranking",
            Self::Ensemble => "ensemble",
            Self::Table => "table",
            Self::Residues => "residues",
            Self::Marks => "marks",
            Self::Report => "report",
        }
    }

    /// The endings of its files.
    pub fn endings(self) -> impl Iterator<Item = &'static str> {
        let own = PRODUCTS.iter().filter(move |p| p.family == self);
        own.map(|p| p.ending)
    }
}

impl Product {
    /// What follows the input's name where a folder takes the files of many: `csv`, `coupling.svg`.
    #[must_use]
    pub fn extension(&self) -> String {
        let extension = self.option.replace('-', ".");
        if extension.ends_with(self.ending) {
            extension
        } else {
            format!("{extension}.{}", self.ending)
        }
    }

    /// The family that a file's name says: `coupling.csv`, `1ubi-coupling.csv`.
    #[must_use]
    pub fn named(path: &str) -> Option<Family> {
        let name = path.rsplit(['/', '\\']).next()?.to_ascii_lowercase();
        let (stem, _) = name.rsplit_once('.')?;
        let said = |family: &Family| {
            let rest = stem.strip_suffix(family.id());
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('-'))
        };
        let mut families = Family::ALL.into_iter().filter(said);
        families.find(|family| Self::of(*family, path).is_ok())
    }

    /// The file of that family whose name is `path`.
    ///
    /// # Errors
    /// When the family has no such format: the endings it has.
    pub fn of(family: Family, path: &str) -> Result<Self, String> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let ending = name
            .rsplit_once('.')
            .map_or("", |(_, e)| e)
            .to_ascii_lowercase();
        let found = PRODUCTS
            .iter()
            .find(|p| p.family == family && p.ending == ending);
        found.copied().ok_or_else(|| {
            let endings: Vec<String> = family.endings().map(|e| format!(".{e}")).collect();
            format!("{} are written as {}", family.id(), endings.join(" "))
        })
    }
}
