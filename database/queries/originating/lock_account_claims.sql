-- Keeps other engines' claims out of these accounts until the transaction ends, without waiting: a claim elsewhere must not
-- hold up the calls of all accounts here. What the accounts have is read by the next statement, which sees what those
-- claims have committed. $1 account ids; returns those that are ours
select account.id
from unnest($1::uuid[]) as account (id)
where pg_try_advisory_xact_lock(hashtextextended(current_schema() || '.claims.' || account.id, 0))
