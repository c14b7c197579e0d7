-- Frees the jobs that a dead engine had locked. $1 Graphile Worker pool ids
select force_unlock_workers($1::text[])
