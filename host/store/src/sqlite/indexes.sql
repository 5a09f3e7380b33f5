CREATE INDEX conversation_list ON conversation (workspace, brand, resolved, rank, id) WHERE listed = 1;
CREATE INDEX conversation_all ON conversation (workspace, brand, rank, id) WHERE listed = 1;
CREATE INDEX outbox_due ON outbox (connection, asked, due);
CREATE INDEX untriaged_oldest ON untriaged (at, conversation, remote_id);
CREATE VIRTUAL TABLE words USING fts5 (text, content = 'entry', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2');
