-- Replaces the changes of the campaigns' counts by their sums; no parameters; returns how many rows it took away
select dialer_fold_counts() as folded
