-- Says where this database is; at another place than before it becomes an installation of its own. $1 place
select id, copied_from as "copiedFrom" from dialer_settle_in($1)
