//! Pearson and Spearman correlation, ranks, quantiles, bootstrap intervals.
