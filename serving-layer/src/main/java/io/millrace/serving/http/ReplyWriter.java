package io.millrace.serving.http;

import io.millrace.serving.spool.KeptAnswer;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;

/** Writes an answer with the headers that every answer has. Stateless. */
final class ReplyWriter {
  private static final int PIECE = 64 << 10;

  private ReplyWriter() {}

  static void write(Reply reply, Request request, Response response, Callback callback) {
    response.setStatus(reply.status());
    HttpFields.Mutable headers = response.getHeaders();
    headers.put(HttpHeader.CONTENT_TYPE, reply.contentType());
    headers.put(HttpHeader.CONTENT_LENGTH, reply.kept().length());
    headers.put(HttpHeader.CACHE_CONTROL, "no-store");
    headers.put("X-Content-Type-Options", "nosniff");
    headers.put("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'");
    reply.headers().forEach(headers::put);
    if (reply.status() == 405) {
      headers.put(HttpHeader.ALLOW, "GET, HEAD");
      // What follows a method that is not taken (CONNECT, a body) is no request.
      headers.put(HttpHeader.CONNECTION, HttpHeaderValue.CLOSE.asString());
    }
    boolean head = HttpMethod.HEAD.is(request.getMethod());
    if (head) {
      response.write(true, ByteBuffer.allocate(0), callback);
    } else {
      new Sending(reply.kept(), response, callback).iterate();
    }
  }

  /** Sends what is kept a piece after the other, each when the one before has gone. */
  private static final class Sending extends IteratingCallback {
    private final KeptAnswer kept;
    private final Response response;
    private final Callback done;
    private long sent;
    private boolean ended;

    private Sending(KeptAnswer kept, Response response, Callback done) {
      this.kept = kept;
      this.response = response;
      this.done = done;
    }

    @Override
    protected Action process() throws IOException {
      if (ended) {
        return Action.SUCCEEDED;
      }
      ByteBuffer piece = kept.read(sent, PIECE);
      sent += piece.remaining();
      ended = sent == kept.length();
      response.write(ended, piece, this);
      return Action.SCHEDULED;
    }

    @Override
    protected void onCompleteSuccess() {
      done.succeeded();
    }

    @Override
    protected void onCompleteFailure(Throwable cause) {
      done.failed(cause);
    }
  }
}
