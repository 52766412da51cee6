package io.tunnel4j.edge.store;

import io.tunnel4j.edge.store.StoreException.Reason;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.migration.Context;
import org.flywaydb.core.api.migration.JavaMigration;
import org.jspecify.annotations.Nullable;

/**
 * The database schema, the same for H2 and PostgreSQL, as numbered steps. A step that was ever released is never edited; a change is a new step.
 *
 * <p>Steps are code, not files, so that they are found on a module path and in a shaded archive as well.
 */
final class Schema {
    private static final List<JavaMigration> STEPS = List.of(new Step(
            1,
            "documents and audit log",
            "create table edge_revision (id int primary key, revision bigint not null)",
            "insert into edge_revision (id, revision) values (1, 0)",
            "create table edge_document (kind varchar(64) not null, id varchar(512) not null, revision bigint not null,"
                    + " json text, secret bytea, primary key (kind, id))",
            "create index edge_document_revision on edge_document (revision)",
            "create table edge_audit (sequence bigint primary key, happened_at timestamp(3) with time zone not null,"
                    + " actor varchar(512) not null, action varchar(512) not null, subject varchar(512) not null)"));

    private Schema() {}

    static void migrate(DataSource database) {
        try {
            Flyway.configure(Schema.class.getClassLoader())
                    .dataSource(database)
                    .loggers("slf4j")
                    .locations(new String[0])
                    .javaMigrations(STEPS.toArray(JavaMigration[]::new))
                    .table("edge_schema_history")
                    .baselineOnMigrate(true)
                    .baselineVersion("0")
                    .load()
                    .migrate();
        } catch (FlywayException e) {
            throw new StoreException(Reason.UNAVAILABLE, "database schema could not be brought up to date", e);
        }
    }

    private record Step(int number, String description, List<String> statements) implements JavaMigration {
        Step(int number, String description, String... statements) {
            this(number, description, List.of(statements));
        }

        @Override
        public MigrationVersion getVersion() {
            return MigrationVersion.fromVersion(Integer.toString(number));
        }

        @Override
        public String getDescription() {
            return description;
        }

        @Override
        public @Nullable Integer getChecksum() {
            return statements.hashCode();
        }

        @Override
        public boolean canExecuteInTransaction() {
            return true;
        }

        @Override
        public void migrate(Context context) throws Exception {
            try (Statement statement = context.getConnection().createStatement()) {
                for (String sql : statements) {
                    statement.execute(sql);
                }
            }
        }
    }
}
