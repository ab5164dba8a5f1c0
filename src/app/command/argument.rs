//! What follows the name of a command: read from text, written so that it is read back to the same.

mod choices;
mod forms;

pub use forms::{
    Chains, Compared, Cutoff, Deviations, ExportTo, ModelNumber, Ordinal, Remark, SortBy, Spot,
    Turn, Zoom,
};

/// What can be typed, for completion.
#[derive(Debug, Clone, Copy)]
pub enum Values {
    Free,
    /// Names, each with what it is.
    Named(fn() -> Vec<(&'static str, &'static str)>),
    /// The first word is one of these.
    Families,
    Files,
    /// Sources, chains, and files.
    Compared,
    Themes,
    Chains,
    Models,
}

pub trait Argument: Sized {
    const VALUES: Values = Values::Free;

    /// # Errors
    /// What is wrong with the text; the command and its form are said by the caller.
    fn read(text: &str) -> Result<Self, String>;

    fn write(&self) -> String;
}

/// One of a few names.
pub trait Choice: Copy + PartialEq + 'static {
    const WHAT: &'static str;

    /// Name, value, and what it is.
    fn all() -> Vec<(&'static str, Self, &'static str)>;
}

fn names<T: Choice>() -> Vec<(&'static str, &'static str)> {
    T::all()
        .into_iter()
        .map(|(n, _, about)| (n, about))
        .collect()
}

/// The sources of motion, each with what it is.
#[must_use]
pub fn sources() -> Vec<(&'static str, &'static str)> {
    names::<crate::analysis::Source>()
}

impl<T: Choice> Argument for T {
    const VALUES: Values = Values::Named(names::<T>);

    fn read(text: &str) -> Result<Self, String> {
        let all = T::all();
        let found = all
            .iter()
            .find(|(name, ..)| name.eq_ignore_ascii_case(text));
        found.map(|(_, value, _)| *value).ok_or_else(|| {
            let names: Vec<&str> = all.iter().map(|(name, ..)| *name).collect();
            format!("no {} '{text}': {}", T::WHAT, names.join(", "))
        })
    }

    fn write(&self) -> String {
        let all = T::all();
        let found = all.iter().find(|(_, value, _)| value == self);
        found.map_or_else(String::new, |(name, ..)| (*name).to_owned())
    }
}

/// `none`, or nothing at all, is none.
impl<T: Argument> Argument for Option<T> {
    const VALUES: Values = T::VALUES;

    fn read(text: &str) -> Result<Self, String> {
        match text {
            "" | "none" => Ok(None),
            text => T::read(text).map(Some),
        }
    }

    fn write(&self) -> String {
        self.as_ref().map_or_else(|| "none".to_owned(), T::write)
    }
}

/// One line that is not empty, without control characters and spaces about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(String);

impl Text {
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let clean = text.replace(|c: char| c.is_control(), " ");
        let clean = clean.trim();
        (!clean.is_empty()).then(|| Self(clean.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Argument for Text {
    fn read(text: &str) -> Result<Self, String> {
        Self::new(text).ok_or_else(|| "something is missing".to_owned())
    }

    fn write(&self) -> String {
        self.0.clone()
    }
}

/// A text that names something which the screen knows how to complete.
macro_rules! texts {
    ($( $name:ident $values:ident )*) => { $(
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(pub Text);

        impl Argument for $name {
            const VALUES: Values = Values::$values;

            fn read(text: &str) -> Result<Self, String> {
                Text::read(text).map(Self)
            }

            fn write(&self) -> String {
                self.0.write()
            }
        }

        impl $name {
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }
    )* };
}

texts! {
    FileName Files
    ThemeName Themes
}
