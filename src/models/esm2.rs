//! ESM-2, the masked protein language model (Lin et al. 2023).
