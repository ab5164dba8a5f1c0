//! SeqDance and ESMDance: dynamic properties from a sequence (Hou, Zhao, Shen 2026).
