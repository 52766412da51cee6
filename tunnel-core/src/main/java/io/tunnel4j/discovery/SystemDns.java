package io.tunnel4j.discovery;

import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import javax.naming.Context;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.InitialDirContext;

/** SRV records by the JDK's DNS client, which asks the system's resolvers. Blocks, for up to some six seconds. Stateless. */
final class SystemDns {
    private static final String TIMEOUT_MILLIS = "2000";
    private static final String RETRIES = "1";

    private SystemDns() {}

    /** JNDI's other providers could be made to load objects; the factory named here reads DNS records as text and nothing else. */
    @SuppressWarnings({"BanJNDI", "JdkObsolete"}) // JNDI asks for a Hashtable
    static List<DnsMessage.Srv> services(String serverUrl, String name) throws NamingException {
        Hashtable<String, String> environment = new Hashtable<>();
        environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
        environment.put(Context.PROVIDER_URL, serverUrl);
        environment.put("com.sun.jndi.dns.timeout.initial", TIMEOUT_MILLIS);
        environment.put("com.sun.jndi.dns.timeout.retries", RETRIES);
        InitialDirContext context = new InitialDirContext(environment);
        try {
            Attribute records =
                    context.getAttributes(name, new String[] {"SRV"}).get("SRV");
            List<DnsMessage.Srv> services = new ArrayList<>();
            if (records != null) {
                NamingEnumeration<?> all = records.getAll();
                while (all.hasMore() && services.size() < DnsMessage.MAX_RECORDS) {
                    services.add(parse(String.valueOf(all.next())));
                }
            }
            return services;
        } finally {
            context.close();
        }
    }

    /** {@code priority weight port target.} */
    private static DnsMessage.Srv parse(String record) throws NamingException {
        String[] fields = record.split(" ");
        try {
            String target = fields[3].endsWith(".") ? fields[3].substring(0, fields[3].length() - 1) : fields[3];
            return new DnsMessage.Srv(
                    Integer.parseInt(fields[0]), Integer.parseInt(fields[1]), Integer.parseInt(fields[2]), target);
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            throw new NamingException("SRV record \"" + record + "\"");
        }
    }
}
