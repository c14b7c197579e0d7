-- A portion of the people of one campaign that is to be emptied, or that ended before its retention. $1 before, $2 how many
-- leads; returns one more than it erased, 0 when nothing is due
select dialer_empty_due($1, $2) as erased
