-- A call is a "ligação" in Portuguese, in the tables as on the pages and the wallboard.

update dialer_labels set label = 'a pessoa que recebeu a ligação'
where (kind, value, locale) = ('hangup_source', 'CALLEE', 'pt-BR') and label = 'a pessoa chamada';

update dialer_labels
set label = regexp_replace(regexp_replace(label, '\mchamadas\M', 'ligações', 'g'), '\mchamada\M', 'ligação', 'g')
where locale = 'pt-BR' and label ~ '\mchamadas?\M';

update dialer_messages
set message = regexp_replace(regexp_replace(message, '\mchamadas\M', 'ligações', 'g'), '\mchamada\M', 'ligação', 'g'),
  hint = regexp_replace(regexp_replace(hint, '\mchamadas\M', 'ligações', 'g'), '\mchamada\M', 'ligação', 'g')
where locale = 'pt-BR' and (message ~ '\mchamadas?\M' or hint ~ '\mchamadas?\M');
