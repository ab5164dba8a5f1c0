//! What follows the name of a command: read from text, written so that it is read back to the same.

mod choices;
mod forms;

pub use forms::{
    Chains, Compared, Cutoff, Deviations, ExportTo, ModelNumber, Ordinal, Remark, ResidueSort,
    Runs, SortBy, Spot, Turn, Zoom,
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

/// Any text that is not blank. On a command's line a backslash is `\\`, a control character `\x1b`, and so
/// is a blank at either end: names of files and headers can hold them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(String);

impl Text {
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        (!text.trim().is_empty()).then(|| Self(text.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Argument for Text {
    fn read(text: &str) -> Result<Self, String> {
        Self::new(&unescaped(text.trim())).ok_or_else(|| "something is missing".to_owned())
    }

    fn write(&self) -> String {
        let (first, last) = (0, self.0.chars().count() - 1);
        let written = self.0.chars().enumerate().map(|(at, c)| match c {
            '\\' => "\\\\".to_owned(),
            ' ' if at == first || at == last => "\\x20".to_owned(),
            c if c.is_control() => format!("\\x{:02x}", c as u32),
            c => c.to_string(),
        });
        written.collect()
    }
}

/// What [`Text::write`] wrote; a backslash before anything else is one.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let code = after.strip_prefix('x').and_then(|hex| hex.get(..2));
        let code = code.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        (out, rest) = match code {
            Some(code) => (out + &char::from(code).to_string(), &after[3..]),
            None => (out + "\\", after.strip_prefix('\\').unwrap_or(after)),
        };
    }
    out + rest
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
