package io.tunnel4j.edge.frontend;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.util.AsciiString;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.frontend.ErrorPage.Reason;
import io.tunnel4j.edge.gate.GateDecision;
import io.tunnel4j.mux.FlatHeaders;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A request that a service of the edge answers: its body is collected, then the service is asked. Confined to the client connection's event loop. */
final class ServiceCall {
    private static final Logger log = LoggerFactory.getLogger(ServiceCall.class);

    private final GateDecision.Serve serve;
    private final RequestFacts facts;
    private final AsciiString id;
    private final ClientStream client;
    private final EventLoop loop;
    private final Outcome outcome;
    private final BodyCollector collector;

    /** Who hears of it, on the event loop: {@link #asked} at most once, then one of the others. */
    interface Outcome {
        /** The body is complete and the service at work. */
        void asked();

        void answered(EdgeResponse response);

        void failed(Reason reason);
    }

    ServiceCall(
            GateDecision.Serve serve,
            RequestFacts facts,
            AsciiString id,
            ClientStream client,
            EventLoop loop,
            Outcome outcome) {
        this.serve = serve;
        this.facts = facts;
        this.id = id;
        this.client = client;
        this.loop = loop;
        this.outcome = outcome;
        this.collector = new BodyCollector(serve.maxBodyBytes(), client, new BodyCollector.Outcome() {
            @Override
            public void complete(byte[] body) {
                ask(body);
            }

            @Override
            public void tooLarge() {
                outcome.failed(Reason.BODY_TOO_LARGE);
            }
        });
    }

    /** Takes what came before the gate decided, and asks for the rest. */
    void start(Upload upload) {
        if (facts.request().contentLength() > serve.maxBodyBytes()) {
            outcome.failed(Reason.BODY_TOO_LARGE);
            return;
        }
        boolean begun = upload.drainTo(collector);
        if (upload.isEnded()) {
            collector.add(Unpooled.EMPTY_BUFFER, true);
        } else if (!begun && client.isHttp11() && facts.request().fields().contains(FieldNames.EXPECT)) {
            FlatHeaders proceed = new FlatHeaders();
            proceed.status("100");
            client.writeHead(proceed, false);
            client.flush();
        }
    }

    /** Consumes {@code data}. */
    void add(ByteBuf data, boolean end) {
        collector.add(data, end);
    }

    private void ask(byte[] body) {
        outcome.asked();
        try {
            serve.service().serve(facts.edgeRequest(id).withBody(body)).whenComplete((response, failure) -> {
                if (loop.inEventLoop()) {
                    served(response, failure);
                } else {
                    loop.execute(() -> served(response, failure));
                }
            });
        } catch (RuntimeException e) {
            served(null, e);
        }
    }

    private void served(@Nullable EdgeResponse response, @Nullable Throwable failure) {
        if (response == null) {
            log.warn("request {}: the edge's own service failed", id, failure);
            outcome.failed(Reason.INTERNAL);
        } else {
            outcome.answered(response);
        }
    }

    /** No more of the body is wanted. */
    void discard() {
        collector.discard();
    }
}
