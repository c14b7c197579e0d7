-- Keeps other engines' claims out of these accounts until the transaction ends, without waiting: a claim elsewhere must not delay
-- the calls of all accounts here. The next statement reads what the accounts use, and so sees what those claims have committed.
-- $1 account ids; returns those that were locked
select account.id
from unnest($1::uuid[]) as account (id)
where pg_try_advisory_xact_lock(hashtextextended(current_schema() || '.claims.' || account.id, 0))
