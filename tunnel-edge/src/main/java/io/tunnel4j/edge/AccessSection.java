package io.tunnel4j.edge;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.edge.api.Hostname;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads how people log in from a configuration file's {@code access} section. Pure but for the password's file. */
final class AccessSection {
    private static final Duration ONE_DAY = Duration.ofHours(24);
    private static final Pattern SERVER = Pattern.compile("(.+):([0-9]{1,5})");
    private static final int MAX_PORT = 65_535;

    private AccessSection() {}

    /** Names what is wrong with the section, without reading what it refers to. */
    static void check(YamlSection access) {
        host(access, "team-domain", access.text("team-domain", "team.example.com"));
        settings(access, "team.example.com");
        mail(access.section("mail"), access.has("mail"), "");
    }

    static AccessSettings read(YamlSection access, String teamDomain, Path directory) {
        YamlSection section = access.section("mail");
        Path file = section.pathOrNull("password-file", directory);
        String password = file == null ? "" : SecretFile.read(section, "password-file", file);
        AccessSettings.Builder settings = settings(access, teamDomain);
        SmtpMailSender.Builder sender = mail(section, access.has("mail"), password);
        if (sender != null) {
            try {
                settings.mail(sender.build());
            } catch (NoClassDefFoundError e) {
                throw new TunnelException(
                        TunnelErrorCode.INVALID_CONFIGURATION,
                        "access.mail: no mail library (expected: org.eclipse.angus:angus-mail on the class path)",
                        e);
            }
        }
        return settings.build();
    }

    private static String host(YamlSection access, String key, String text) {
        String name = Hostname.normalised(text.replaceFirst(":[0-9]{1,5}$", ""));
        if (name == null || name.startsWith("*")) {
            throw access.wrong(key, "a hostname, e.g. login.example.com, unlike " + text);
        }
        return text;
    }

    private static AccessSettings.Builder settings(YamlSection access, String teamDomain) {
        AccessSettings.Builder settings = AccessSettings.builder(teamDomain);
        for (String alias : access.texts("team-domain-aliases")) {
            settings.teamDomainAlias(host(access, "team-domain-aliases", alias));
        }
        for (String transfer : access.texts("transfer-hosts")) {
            settings.transferHost(host(access, "transfer-hosts", transfer));
        }
        Duration duration = access.duration("session-duration", ONE_DAY);
        try {
            return settings.sessionDuration(duration);
        } catch (IllegalArgumentException e) {
            throw access.wrong("session-duration", "15m to 744h");
        }
    }

    private static SmtpMailSender.@Nullable Builder mail(YamlSection section, boolean isThere, String password) {
        String user = section.textOrNull("user");
        boolean hasPassword = section.has("password-file");
        String security = section.text("security", "starttls");
        section.has("server");
        section.has("from");
        section.refuseOthers();
        if (!isThere) {
            return null;
        }
        Matcher server = SERVER.matcher(section.text("server"));
        if (!server.matches() || Integer.parseInt(server.group(2)) > MAX_PORT) {
            throw section.wrong("server", "host:port");
        }
        String from = section.textOrNull("from");
        if (from == null) {
            throw section.missing("from", "an e-mail address");
        }
        if (from.indexOf('@') < 1) {
            throw section.wrong("from", "an e-mail address");
        }
        SmtpMailSender.Builder sender =
                SmtpMailSender.builder(server.group(1), Integer.parseInt(server.group(2)), from);
        try {
            sender.security(SmtpMailSender.Security.valueOf(security.toUpperCase(Locale.ROOT)));
        } catch (IllegalArgumentException e) {
            throw section.wrong("security", "starttls, tls or none");
        }
        // Half of a pair would send mail without login, which servers refuse much later.
        if (user != null && !hasPassword) {
            throw section.missing("password-file", "a file with the password of " + user);
        }
        if (user == null && hasPassword) {
            throw section.missing("user", "the name that the password of password-file belongs to");
        }
        if (user != null) {
            sender.credentials(user, password);
        }
        return sender;
    }
}
