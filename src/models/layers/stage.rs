//! What `--trace` shows of the networks beside the layers that candle traces itself.

use candle_core::Device;
use tracing::Span;
use tracing::span::EnteredSpan;

/// A part of a network while it runs. Where it is traced, it ends when the device has done the work, which a
/// GPU does after it was asked; otherwise it costs nothing.
pub(crate) struct Stage<'a> {
    span: EnteredSpan,
    device: &'a Device,
}

impl<'a> Stage<'a> {
    /// Enters the span of the part.
    pub fn enter(span: Span, device: &'a Device) -> Self {
        let span = span.entered();
        Self { span, device }
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        if !self.span.is_disabled() && self.device.synchronize().is_err() {
            log::debug!(
                "the device fails at the end of a traced stage; its next operation says why"
            );
        }
    }
}
