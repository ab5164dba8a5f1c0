//! What a pickle may make candle's stack machine do: the same machine on weights alone, one step ahead.

use std::collections::HashMap;

use candle_core::pickle::{Object, OpCode};

/// Values within values; those of checkpoints stay below 20.
const DEEPEST: usize = 100;
/// Bytes of values that a byte of the pickle may stand for, copies by the memory of the pickle included;
/// checkpoints need up to 40 (a value of one byte takes as much).
const BYTES_A_BYTE: usize = 256;
/// Of one value, without its text.
const VALUE: usize = size_of::<Object>();

/// A value: the bytes that a copy takes, and how deep it nests.
#[derive(Debug, Clone, Copy)]
struct Item {
    bytes: usize,
    depth: usize,
    is_mark: bool,
}

impl Item {
    fn leaf(text: usize) -> Self {
        Self {
            bytes: VALUE + text,
            depth: 1,
            is_mark: false,
        }
    }
}

/// The machine's state as far as it costs.
pub(super) struct Limits {
    stack: Vec<Item>,
    memory: HashMap<u32, Item>,
    left: usize,
}

impl Limits {
    pub fn of(pickle: &[u8]) -> Self {
        Self {
            stack: Vec::new(),
            memory: HashMap::new(),
            left: BYTES_A_BYTE * pickle.len(),
        }
    }

    /// Weighs the step at the beginning of `rest`.
    ///
    /// # Errors
    /// Why it must not be made.
    pub fn step(&mut self, rest: &[u8]) -> Result<(), String> {
        let (&code, operand) = rest.split_first().ok_or("the pickle has no end")?;
        let unknown =
            |code| format!("the pickle has an instruction that is not known ({code:#04x})");
        match OpCode::try_from(code).map_err(unknown)? {
            OpCode::Proto | OpCode::Stop => Ok(()),
            OpCode::Global => self.push(line(operand)? + line(&operand[line(operand)? + 1..])?),
            OpCode::BinUnicode => {
                let length = number(operand, 4)? as usize;
                if operand.len() - 4 < length {
                    return Err("a text of the pickle is longer than it".to_owned());
                }
                self.push(length)
            }
            OpCode::Long1 if operand.first().is_none_or(|&bytes| bytes > 8) => {
                Err("a whole number of more than 64 bits".to_owned())
            }
            OpCode::BinInt
            | OpCode::BinInt1
            | OpCode::BinInt2
            | OpCode::BinFloat
            | OpCode::Long1
            | OpCode::NewTrue
            | OpCode::NewFalse
            | OpCode::None
            | OpCode::EmptyTuple
            | OpCode::EmptyList
            | OpCode::EmptyDict => self.push(0),
            OpCode::Mark => {
                self.push(0)?;
                self.last()?.is_mark = true;
                Ok(())
            }
            OpCode::BinPut => self.put(number(operand, 1)?),
            OpCode::LongBinPut => self.put(number(operand, 4)?),
            OpCode::BinGet => self.get(number(operand, 1)?),
            OpCode::LongBinGet => self.get(number(operand, 4)?),
            OpCode::Tuple1 | OpCode::BinPersId => self.gather(1),
            OpCode::Tuple2 | OpCode::Reduce | OpCode::Build | OpCode::NewObj => self.gather(2),
            OpCode::Tuple3 => self.gather(3),
            OpCode::Tuple | OpCode::Dict => {
                let count = self.above_mark()?;
                self.gather(count)?;
                let whole = self.pop()?;
                self.pop()?;
                self.stack.push(whole);
                Ok(())
            }
            OpCode::Append => self.add(1),
            OpCode::SetItem => self.add(2),
            OpCode::Appends | OpCode::SetItems => {
                let count = self.above_mark()?;
                let start = self.stack.len() - count - 1;
                self.stack.remove(start);
                self.add(count)
            }
        }
    }

    fn charge(&mut self, bytes: usize) -> Result<(), String> {
        let left = self.left.checked_sub(bytes);
        self.left = left.ok_or("the pickle stands for more values than it has bytes for")?;
        Ok(())
    }

    fn push(&mut self, text: usize) -> Result<(), String> {
        let item = Item::leaf(text);
        self.charge(item.bytes)?;
        self.stack.push(item);
        Ok(())
    }

    fn pop(&mut self) -> Result<Item, String> {
        let item = self.stack.pop();
        item.ok_or_else(|| "the pickle takes values that it never gave".to_owned())
    }

    fn last(&mut self) -> Result<&mut Item, String> {
        let item = self.stack.last_mut();
        item.ok_or_else(|| "the pickle takes values that it never gave".to_owned())
    }

    fn put(&mut self, id: u32) -> Result<(), String> {
        let item = *self.last()?;
        self.charge(item.bytes)?;
        self.memory.insert(id, item);
        Ok(())
    }

    fn get(&mut self, id: u32) -> Result<(), String> {
        let item = *(self.memory.get(&id)).ok_or("the pickle recalls what it never kept")?;
        self.charge(item.bytes)?;
        self.stack.push(item);
        Ok(())
    }

    fn above_mark(&self) -> Result<usize, String> {
        let count = self.stack.iter().rev().position(|item| item.is_mark);
        count.ok_or_else(|| "the pickle closes what it never opened".to_owned())
    }

    /// Makes one value of the last `count`.
    fn gather(&mut self, count: usize) -> Result<(), String> {
        self.push(0)?;
        let whole = self.pop()?;
        let first = self.stack.len().checked_sub(count);
        let first = first.ok_or("the pickle takes values that it never gave")?;
        let parts = self.stack.split_off(first);
        let whole = holding(whole, &parts)?;
        self.stack.push(whole);
        Ok(())
    }

    /// Puts the last `count` values into the one before them.
    fn add(&mut self, count: usize) -> Result<(), String> {
        let first = self.stack.len().checked_sub(count);
        let first = first.ok_or("the pickle takes values that it never gave")?;
        let parts = self.stack.split_off(first);
        let whole = self.pop()?;
        self.stack.push(holding(whole, &parts)?);
        Ok(())
    }
}

fn holding(whole: Item, parts: &[Item]) -> Result<Item, String> {
    let deepest = parts.iter().map(|part| part.depth + 1).max().unwrap_or(1);
    let depth = whole.depth.max(deepest);
    if depth > DEEPEST {
        return Err(format!("the pickle nests values more than {DEEPEST} deep"));
    }
    Ok(Item {
        bytes: whole.bytes + parts.iter().map(|part| part.bytes).sum::<usize>(),
        depth,
        is_mark: false,
    })
}

/// Length of a line without its end.
fn line(bytes: &[u8]) -> Result<usize, String> {
    let end = bytes.iter().position(|&byte| byte == b'\n');
    end.ok_or_else(|| "the pickle has no end".to_owned())
}

/// A number of `width` bytes, the least first.
fn number(bytes: &[u8], width: usize) -> Result<u32, String> {
    let bytes = bytes.get(..width).ok_or("the pickle has no end")?;
    Ok(bytes
        .iter()
        .rev()
        .fold(0, |sum, &byte| sum << 8 | u32::from(byte)))
}
