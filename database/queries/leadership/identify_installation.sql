-- Records where this database is; if the place has changed, it becomes an installation of its own. $1 place
select id, copied_from as "copiedFrom" from dialer_identify_installation($1)
