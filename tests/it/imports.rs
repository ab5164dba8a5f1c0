//! What each source file names, read by its syntax: imports and paths, without those of its tests.

use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// A source file.
pub struct Source {
    /// Below `src`, as `protein/read.rs`.
    pub file: String,
    pub text: String,
    /// Its module, as `protein::read`; nothing for the roots.
    pub module: String,
    /// Everything it names, as `crate::protein::Residue` or `std::fs::write`.
    pub names: Vec<String>,
}

/// Every file of the program.
pub fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let mut sources: Vec<Source> = files.iter().map(|f| Source::new(&root, f)).collect();
    sources.sort_by(|a, b| a.file.cmp(&b.file));
    sources
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

impl Source {
    fn new(root: &Path, path: &Path) -> Self {
        let file = path
            .strip_prefix(root)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned();
        let text = fs::read_to_string(path).unwrap();
        let module = file.trim_end_matches(".rs").replace('/', "::");
        let module = if ["lib", "main"].contains(&&*module) {
            String::new()
        } else {
            module
        };
        let mut names = Names {
            module: module.split("::").map(str::to_owned).collect(),
            found: Vec::new(),
        };
        if module.is_empty() {
            names.module.clear();
        }
        names.visit_file(&syn::parse_file(&text).unwrap_or_else(|e| panic!("{file}: {e}")));
        Self {
            file,
            text,
            module,
            names: names.found,
        }
    }

    /// The first module of its path.
    pub fn top(&self) -> &str {
        self.module.split("::").next().unwrap()
    }

    /// Whether the file is part of the program, not of its tests.
    pub fn is_program(&self) -> bool {
        let is_test = |part: &str| ["tests", "testing"].contains(&part) || part.ends_with("_tests");
        !self.module.split("::").any(is_test)
    }
}

struct Names {
    module: Vec<String>,
    found: Vec<String>,
}

impl Names {
    /// From the root of the crate where the path begins with `self` or `super`.
    fn add(&mut self, path: &[String]) {
        let mut rest = path;
        let mut base = self.module.clone();
        while let Some((first, others)) = rest
            .split_first()
            .filter(|(f, _)| *f == "self" || *f == "super")
        {
            if first == "super" {
                base.pop();
            }
            rest = others;
        }
        let inner = rest.len() < path.len();
        let start = if inner {
            [vec!["crate".to_owned()], base].concat()
        } else {
            Vec::new()
        };
        self.found.push([start, rest.to_vec()].concat().join("::"));
    }

    fn add_tree(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.add_tree(&path.tree, &with(&path.ident)),
            syn::UseTree::Group(group) => {
                for item in &group.items {
                    self.add_tree(item, before);
                }
            }
            syn::UseTree::Name(name) => self.add(&with(&name.ident)),
            syn::UseTree::Rename(name) => self.add(&with(&name.ident)),
            syn::UseTree::Glob(_) => self.add(before),
        }
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|a| {
        let words = match &a.meta {
            syn::Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string(),
            _ => String::new(),
        };
        words
            .split(|c: char| !c.is_alphanumeric())
            .any(|w| w == "test")
    })
}

impl Visit<'_> for Names {
    fn visit_item_mod(&mut self, item: &syn::ItemMod) {
        if !is_test(&item.attrs) {
            self.module.push(item.ident.to_string());
            visit::visit_item_mod(self, item);
            self.module.pop();
        }
    }

    fn visit_item_fn(&mut self, item: &syn::ItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        if !is_test(&item.attrs) {
            self.add_tree(&item.tree, &[]);
        }
    }

    fn visit_path(&mut self, path: &syn::Path) {
        let parts: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        self.add(&parts);
        visit::visit_path(self, path);
    }

    /// What stands within a macro is no syntax yet: paths are picked out of its words.
    fn visit_macro(&mut self, item: &syn::Macro) {
        let words = item.tokens.to_string().replace(" :: ", "::");
        for word in words.split(|c: char| !(c.is_alphanumeric() || "_:".contains(c))) {
            let parts: Vec<String> = word.split("::").map(str::to_owned).collect();
            if parts.len() > 1 && parts.iter().all(|p| !p.is_empty()) {
                self.add(&parts);
            }
        }
        visit::visit_macro(self, item);
    }
}
