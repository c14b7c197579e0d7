-- Partitions for two months ahead, and without those that lie wholly before a time. $1 before
select ensure_event_partitions(2) as made, drop_event_partitions($1) as dropped
