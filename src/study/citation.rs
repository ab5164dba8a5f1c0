//! What to cite for a result: the papers of the source or method that made it, and this program.

use super::Provenance;

/// A published work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Citation {
    /// Of the BibTeX entry.
    pub key: &'static str,
    /// Family names first, as BibTeX wants them.
    pub authors: &'static str,
    pub title: &'static str,
    /// Journal, conference or archive; `None` for software.
    pub journal: Option<&'static str>,
    pub year: u16,
    pub doi: Option<&'static str>,
}

const fn paper(
    key: &'static str,
    authors: &'static str,
    title: &'static str,
    journal: &'static str,
    year: u16,
    doi: &'static str,
) -> Citation {
    Citation {
        key,
        authors,
        title,
        journal: Some(journal),
        year,
        doi: Some(doi),
    }
}

const DYNASCOPE: Citation = Citation {
    key: "dynascope",
    authors: "{The dynascope developers}",
    title: concat!("dynascope ", env!("CARGO_PKG_VERSION")),
    journal: None,
    year: 2026,
    doi: None,
};
const MDCATH: Citation = paper(
    "mirarchi2024mdcath",
    "Mirarchi, Antonio and Giorgino, Toni and De Fabritiis, Gianni",
    "mdCATH: a large-scale MD dataset for data-driven computational biophysics",
    "Scientific Data",
    2024,
    "10.1038/s41597-024-04140-z",
);
const PARAMETER_FREE: Citation = paper(
    "yang2009pfanm",
    "Yang, Lei and Song, Guang and Jernigan, Robert L.",
    "Protein elastic network models and the ranges of cooperativity",
    "Proceedings of the National Academy of Sciences",
    2009,
    "10.1073/pnas.0902159106",
);
const ANM: Citation = paper(
    "atilgan2001anm",
    "Atilgan, A. R. and Durell, S. R. and Jernigan, R. L. and Demirel, M. C. and Keskin, O. and Bahar, I.",
    "Anisotropy of fluctuation dynamics of proteins with an elastic network model",
    "Biophysical Journal",
    2001,
    "10.1016/S0006-3495(01)76033-X",
);
const GNM: Citation = paper(
    "bahar1997gnm",
    "Bahar, Ivet and Atilgan, Ali Rana and Erman, Burak",
    "Direct evaluation of thermal fluctuations in proteins using a single-parameter harmonic potential",
    "Folding and Design",
    1997,
    "10.1016/S1359-0278(97)00024-2",
);
const DYNAPROT: Citation = paper(
    "bafna2025dynaprot",
    "Bafna, Mihir and Jing, Bowen and Berger, Bonnie",
    "Learning residue level protein dynamics with multiscale Gaussians",
    "arXiv",
    2025,
    "10.48550/arXiv.2509.01038",
);
const ESM2: Citation = paper(
    "lin2023esm2",
    "Lin, Zeming and Akin, Halil and Rao, Roshan and Hie, Brian and Zhu, Zhongkai and others",
    "Evolutionary-scale prediction of atomic-level protein structure with a language model",
    "Science",
    2023,
    "10.1126/science.ade2574",
);
const MARGINALS: Citation = paper(
    "meier2021variants",
    "Meier, Joshua and Rao, Roshan and Verkuil, Robert and Liu, Jason and Sercu, Tom and Rives, Alexander",
    "Language models enable zero-shot prediction of the effects of mutations on protein function",
    "Advances in Neural Information Processing Systems",
    2021,
    "10.1101/2021.07.09.450648",
);
const ESM1B: Citation = paper(
    "rives2021esm1b",
    "Rives, Alexander and Meier, Joshua and Sercu, Tom and Goyal, Siddharth and Lin, Zeming and others",
    "Biological structure and function emerge from scaling unsupervised learning to 250 million protein sequences",
    "Proceedings of the National Academy of Sciences",
    2021,
    "10.1073/pnas.2016239118",
);
const VESM: Citation = paper(
    "dinh2026vesm",
    "Dinh, Tuan and Jang, Seon-Kyeong and Zaitlen, Noah and Ntranos, Vasilis",
    "Compressing the collective knowledge of ESM into a single protein language model",
    "Nature Methods",
    2026,
    "10.1038/s41592-026-03050-9",
);
const SEQDANCE: Citation = paper(
    "hou2026seqdance",
    "Hou, Chao and Zhao, Haiqing and Shen, Yufeng",
    "Protein language models trained on biophysical dynamics inform mutation effects",
    "Proceedings of the National Academy of Sciences",
    2026,
    "10.1073/pnas.2530466123",
);
const MEGASCALE: Citation = paper(
    "tsuboyama2023megascale",
    "Tsuboyama, Kotaro and Dauparas, Justas and Chen, Jonathan and Laine, Elodie and others",
    "Mega-scale experimental analysis of protein folding stability in biology and design",
    "Nature",
    2023,
    "10.1038/s41586-023-06328-6",
);
const RSALOR: Citation = paper(
    "tsishyn2025rsalor",
    "Tsishyn, Matsvei and Hermans, Pauline and Rooman, Marianne and Pucci, Fabrizio",
    "Residue conservation and solvent accessibility are (almost) all you need for predicting mutational effects in proteins",
    "Bioinformatics",
    2025,
    "10.1093/bioinformatics/btaf322",
);

const BLOSUM: Citation = paper(
    "henikoff1992blosum",
    "Henikoff, Steven and Henikoff, Jorja G.",
    "Amino acid substitution matrices from protein blocks",
    "Proceedings of the National Academy of Sciences",
    1992,
    "10.1073/pnas.89.22.10915",
);

const ALPHAFOLD: Citation = paper(
    "jumper2021alphafold",
    "Jumper, John and Evans, Richard and Pritzel, Alexander and Green, Tim and Figurnov, Michael and others",
    "Highly accurate protein structure prediction with AlphaFold",
    "Nature",
    2021,
    "10.1038/s41586-021-03819-2",
);
const PAE_DOMAINS: Citation = paper(
    "oeffner2022pae",
    "Oeffner, Robert D. and Croll, Tristan I. and Mill{\\'a}n, Claudia and Poon, Billy K. and others",
    "Putting AlphaFold models to work with phenix.process\\_predicted\\_model and ISOLDE",
    "Acta Crystallographica Section D",
    2022,
    "10.1107/S2059798322010026",
);

const ALL: [Citation; 16] = [
    MDCATH,
    PARAMETER_FREE,
    ANM,
    GNM,
    DYNAPROT,
    ESM2,
    MARGINALS,
    ESM1B,
    VESM,
    SEQDANCE,
    MEGASCALE,
    BLOSUM,
    RSALOR,
    ALPHAFOLD,
    PAE_DOMAINS,
    DYNASCOPE,
];

/// What a file of this program says that it rests on: the text of its `cite`.
#[must_use]
pub fn cited_in(text: &str) -> Vec<Citation> {
    let said = |c: &Citation| c.doi.is_some_and(|doi| text.contains(doi));
    let mut cited: Vec<Citation> = ALL.into_iter().filter(said).collect();
    if text.contains(concat!("dynascope ", env!("CARGO_PKG_VERSION_MAJOR"), ".")) {
        cited.push(DYNASCOPE);
    }
    cited
}

/// What the source or method of that id rests on, this program last; only the program for another id.
#[must_use]
pub fn citations(id: &str) -> Vec<Citation> {
    let mut cited = papers(id);
    cited.push(DYNASCOPE);
    cited
}

fn papers(id: &str) -> Vec<Citation> {
    match id {
        "learned" => vec![MDCATH, PARAMETER_FREE],
        "dynaprot" | "dynaprot-own" => vec![DYNAPROT],
        "pfanm" => vec![PARAMETER_FREE],
        "anm" => vec![ANM],
        "gnm" => vec![GNM],
        "stability" => vec![MEGASCALE],
        "combined" => vec![MEGASCALE, BLOSUM],
        "wt-marginals" | "masked-marginals" => vec![ESM2, MARGINALS],
        "esmdance" | "seqdance" => vec![SEQDANCE, ESM2],
        "lor" | "rsalor" => vec![RSALOR],
        "pae" => vec![ALPHAFOLD, PAE_DOMAINS],
        _ => Vec::new(),
    }
}

impl Provenance {
    /// What to cite for this result.
    #[must_use]
    pub fn citations(&self) -> Vec<Citation> {
        let mut cited = papers(&self.source);
        for part in self.setting("parts").unwrap_or_default().split("; ") {
            let method = match part.split_once(" = ") {
                Some(("language model", _)) => "wt-marginals",
                Some(("alignment", method)) => method,
                _ => continue,
            };
            cited.extend(papers(method));
        }
        cited.push(DYNASCOPE);
        let Some(at) = cited.iter().position(|c| c.key == ESM2.key) else {
            return cited;
        };
        let models: Vec<&str> = self.model.split('+').collect();
        let is_of = |start: &str| models.iter().any(|m| m.starts_with(start));
        let model: &[Citation] = if is_of("esm1b") {
            &[ESM1B]
        } else if is_of("esm1v") {
            // The paper of the method is that of the model.
            &[]
        } else if is_of("vesm-") {
            &[VESM, ESM2]
        } else {
            return cited;
        };
        cited.splice(at..=at, model.iter().copied());
        cited
    }
}

impl Citation {
    /// One line for people.
    #[must_use]
    pub fn line(&self) -> String {
        let authors = self.authors.replace(['{', '}'], "").replace(" and ", "; ");
        let venue = self.journal.map(|j| format!(". {j}")).unwrap_or_default();
        let doi = self
            .doi
            .map(|d| format!(". https://doi.org/{d}"))
            .unwrap_or_default();
        format!("{authors} ({}). {}{venue}{doi}", self.year, self.title)
    }

    /// A BibTeX entry.
    #[must_use]
    pub fn bibtex(&self) -> String {
        let kind = if self.journal.is_some() {
            "article"
        } else {
            "misc"
        };
        let mut fields = vec![
            ("author", self.authors.to_owned()),
            ("title", format!("{{{}}}", self.title)),
        ];
        fields.extend(self.journal.map(|j| ("journal", j.to_owned())));
        fields.push(("year", self.year.to_string()));
        fields.extend(self.doi.map(|d| ("doi", d.to_owned())));
        let fields: Vec<String> = fields
            .into_iter()
            .map(|(name, value)| format!("  {name} = {{{value}}}"))
            .collect();
        format!("@{kind}{{{},\n{}\n}}", self.key, fields.join(",\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{ScanMethod, Source};

    #[test]
    fn all_but_our_own_network_and_a_run_of_the_user_have_a_paper() {
        let sources = Source::ALL.map(Source::id);
        let methods = ScanMethod::ALL.map(ScanMethod::id);
        for id in sources.into_iter().chain(methods) {
            let cited = citations(id);
            let papers = cited.iter().filter(|c| c.doi.is_some()).count();
            let is_own = ["structure", "simulation-run"].contains(&id);
            assert_eq!(papers == 0, is_own, "{id}");
            assert_eq!(cited.last().map(|c| c.key), Some("dynascope"));
        }
    }

    #[test]
    fn other_language_models_have_their_own_papers() {
        for (model, keys) in [
            ("esm2-8m", &["lin2023esm2", "meier2021variants"] as &[&str]),
            ("esm1b", &["rives2021esm1b", "meier2021variants"]),
            ("esm1v-3", &["meier2021variants"]),
            (
                "vesm-35m",
                &["dinh2026vesm", "lin2023esm2", "meier2021variants"],
            ),
        ] {
            let provenance = Provenance {
                version: "",
                source: "wt-marginals".to_owned(),
                model: model.to_owned(),
                weights_hash: String::new(),
                device: String::new(),
                dtype: String::new(),
                settings: Vec::new(),
                elapsed: std::time::Duration::ZERO,
            };
            let cited = provenance.citations();
            let found: Vec<&str> = cited
                .iter()
                .map(|c| c.key)
                .filter(|k| *k != "dynascope")
                .collect();
            assert_eq!(found, keys, "{model}");
        }
    }

    #[test]
    fn what_joins_a_combination_is_cited_and_read_back_from_its_file() {
        let provenance = Provenance {
            version: env!("CARGO_PKG_VERSION"),
            source: "combined".to_owned(),
            model: "stability+esm1b+-".to_owned(),
            weights_hash: String::new(),
            device: String::new(),
            dtype: String::new(),
            settings: vec![(
                "parts".to_owned(),
                "structure = 1 rank(stability); language model = -wt-marginals; alignment = lor"
                    .to_owned(),
            )],
            elapsed: std::time::Duration::ZERO,
        };
        let keys = |cited: &[Citation]| -> Vec<&str> {
            let mut keys: Vec<&str> = cited.iter().map(|c| c.key).collect();
            keys.sort_unstable();
            keys
        };
        let cited = provenance.citations();
        assert_eq!(
            keys(&cited),
            [
                "dynascope",
                "henikoff1992blosum",
                "meier2021variants",
                "rives2021esm1b",
                "tsishyn2025rsalor",
                "tsuboyama2023megascale"
            ]
        );
        let text: Vec<String> = provenance
            .pairs()
            .into_iter()
            .map(|(n, v)| format!("{n}: {v}"))
            .collect();
        assert_eq!(keys(&cited_in(&text.join("\n"))), keys(&cited));
    }

    #[test]
    fn an_entry_and_a_line_have_author_year_and_doi() {
        assert_eq!(
            GNM.bibtex(),
            "@article{bahar1997gnm,\n  author = {Bahar, Ivet and Atilgan, Ali Rana and Erman, Burak},\n  \
             title = {{Direct evaluation of thermal fluctuations in proteins using a single-parameter harmonic \
             potential}},\n  journal = {Folding and Design},\n  year = {1997},\n  \
             doi = {10.1016/S1359-0278(97)00024-2}\n}"
        );
        assert!(
            GNM.line()
                .starts_with("Bahar, Ivet; Atilgan, Ali Rana; Erman, Burak (1997). Direct")
        );
        assert!(
            DYNASCOPE
                .bibtex()
                .starts_with("@misc{dynascope,\n  author = {{The dynascope")
        );
    }
}
