package io.tunnel4j.examples.batch;

import io.tunnel4j.access.ServiceToken;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Fetches a file behind Access with a service token, as a job at night does: never a browser, and an exception when it is refused. */
public final class BatchJob {
    private BatchJob() {}

    /**
     * Fetches.
     *
     * @param args URL, file to write; the service token is in TUNNEL_SERVICE_TOKEN_ID and TUNNEL_SERVICE_TOKEN_SECRET
     * @throws IOException if the answer is not the file
     * @throws InterruptedException if interrupted
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        ServiceToken token = ServiceToken.fromEnvironment(System.getenv());
        if (token == null) {
            throw new IOException("set " + ServiceToken.ID_VARIABLE + " and " + ServiceToken.SECRET_VARIABLE);
        }
        HttpRequest request = HttpRequest.newBuilder(URI.create(args[0]))
                .timeout(Duration.ofMinutes(5))
                .header(ServiceToken.ID_HEADER, token.id())
                .header(ServiceToken.SECRET_HEADER, token.secret())
                .build();
        HttpResponse<Path> answer =
                HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofFile(Path.of(args[1])));
        if (answer.statusCode() != 200) {
            throw new IOException(args[0] + ": status " + answer.statusCode() + " (expected: 200)");
        }
        System.out.println("Fetched " + Files.size(answer.body()) + " bytes. Next: have a timer run this.");
    }
}
