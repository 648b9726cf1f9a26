package io.millrace.serving.http;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.serving.view.NotReachedException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.eclipse.jetty.http.BadMessageException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;

/**
 * Hands requests to the {@link HttpApi}. Liveness is answered on the thread that read the request,
 * which waits for nothing; everything else is computed on {@code workers}, so that however much
 * there is to compute, liveness is not kept waiting. A question that waits for a position keeps no
 * thread. Answers that slow clients have not read yet are bounded in bytes. Thread-safe.
 */
final class ApiHandler extends Handler.Abstract {
  /** How many bytes of answers are held for their readers. */
  static final long MAX_UNREAD_BYTES = 64L << 20;

  private static final int MAX_QUESTION_BYTES = 256 << 10;

  /** What a request takes on the heap beside its text, about. */
  private static final int REQUEST_BYTES = 8 << 10;

  private static final String LIVE = "/v1/health/live";

  private final HttpApi api;
  private final AnswerThreads workers;
  private final ConnectionWatch watch;
  private final AtomicLong unreadBytes = new AtomicLong();

  ApiHandler(HttpApi api, AnswerThreads workers, ConnectionWatch watch) {
    this.api = api;
    this.workers = workers;
    this.watch = watch;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    EndPoint endPoint = endPoint(request);
    watch.answering(endPoint);
    Callback done = Callback.from(() -> watch.answered(endPoint), callback);
    if (Request.getPathInContext(request).equals(LIVE)) {
      ReplyWriter.write(reply(request, Duration.ZERO), request, response, done);
      return true;
    }
    // While the answer is made, the watch alone says how long that may take.
    request.addIdleTimeoutListener(idle -> false);
    if (!isQuestion(request)) {
      submit(request, response, done, asking(request, 0, waited -> reply(request, waited)), false);
    } else if (request.getLength() > MAX_QUESTION_BYTES) {
      ReplyWriter.write(unread(request.getLength() + " bytes"), request, response, done);
    } else {
      // Read before a worker has it: a slow client keeps none of them.
      Content.Source.asByteArrayAsync(request, MAX_QUESTION_BYTES)
          .whenComplete(
              (body, failure) ->
                  submit(
                      request,
                      response,
                      done,
                      failure == null
                          ? asking(request, body.length, waited -> post(body, request, waited))
                          : asking(request, 0, waited -> unread(failure.getMessage())),
                      false));
    }
    return true;
  }

  private static boolean isQuestion(Request request) {
    return HttpMethod.POST.is(request.getMethod())
        && Request.getPathInContext(request).equals(HttpApi.SQL);
  }

  /**
   * A question that may be asked several times, while it waits for a position.
   *
   * @param bytes what it holds meanwhile, about
   */
  private record Asking(Function<Duration, Reply> reply, long bytes, long sinceNanos) {
    Reply answer() {
      return reply.apply(Duration.ofNanos(System.nanoTime() - sinceNanos));
    }

    long untilNanos(NotReachedException e) {
      return sinceNanos + e.timeout().toNanos();
    }
  }

  private static Asking asking(Request request, int body, Function<Duration, Reply> reply) {
    long bytes = REQUEST_BYTES + request.getHttpURI().toString().length() + body;
    return new Asking(reply, bytes, System.nanoTime());
  }

  /**
   * @param again whether it has waited for a position
   */
  private void submit(
      Request request, Response response, Callback done, Asking asking, boolean again) {
    EndPoint endPoint = endPoint(request);
    if (unreadBytes.get() > MAX_UNREAD_BYTES) {
      watch.sending(endPoint, 0);
      ReplyWriter.write(
          busy("answers of " + unreadBytes.get() + " bytes that clients have not read yet"),
          request,
          response,
          done);
      return;
    }
    watch.making(endPoint);
    if (!workers.run(again, () -> answer(asking, request, response, done))) {
      watch.sending(endPoint, 0);
      ReplyWriter.write(busy("as many questions waiting as it takes"), request, response, done);
    }
  }

  private static EndPoint endPoint(Request request) {
    return request.getConnectionMetaData().getConnection().getEndPoint();
  }

  /** Keeps neither a thread nor a position until it is worth asking again. */
  private void await(
      NotReachedException e, Asking asking, Request request, Response response, Callback done) {
    e.mayHaveArrived(asking.untilNanos(e), asking.bytes())
        .whenComplete(
            (arrived, failure) -> {
              if (failure == null) {
                watch.answering(endPoint(request));
                submit(request, response, done, asking, true);
              } else if (failure instanceof MillraceException known) {
                watch.sending(endPoint(request), 0);
                ReplyWriter.write(
                    JsonViews.error(HttpApi.status(known.code()), known), request, response, done);
              } else {
                done.failed(failure);
              }
            });
  }

  private void answer(Asking asking, Request request, Response response, Callback done) {
    Callback read = done;
    try {
      Reply reply;
      try {
        reply = asking.answer();
      } catch (NotReachedException e) {
        await(e, asking, request, response, done);
        return;
      }
      int bytes = reply.kept().onHeap();
      unreadBytes.addAndGet(bytes);
      read =
          Callback.from(
              () -> {
                unreadBytes.addAndGet(-bytes);
                reply.kept().close();
              },
              done);
      watch.sending(endPoint(request), reply.kept().length());
      ReplyWriter.write(reply, request, response, read);
    } catch (Throwable e) {
      read.failed(e);
    }
  }

  private static Reply unread(String found) {
    return JsonViews.error(
        413,
        new MillraceException(
            ErrorCode.QUERY_LIMIT,
            "cannot read the question: found "
                + found
                + ", expected a body of at most "
                + MAX_QUESTION_BYTES
                + " bytes; shorten it"));
  }

  private Reply reply(Request request, Duration waited) {
    String method = request.getMethod();
    if (!HttpMethod.GET.is(method) && !HttpMethod.HEAD.is(method)) {
      return JsonViews.error(
          405,
          new MillraceException(
              ErrorCode.BAD_REQUEST,
              "cannot answer a "
                  + method
                  + ": expected GET or HEAD, or POST of /v1/sql; serving only reads"));
    }
    try {
      return api.get(
          Request.getPathInContext(request),
          parameters(request),
          client(request),
          wishes(request),
          waited);
    } catch (NotReachedException e) {
      throw e;
    } catch (MillraceException e) {
      return JsonViews.error(400, e);
    }
  }

  private Reply post(byte[] body, Request request, Duration waited) {
    try {
      return api.post(body, parameters(request), wishes(request), waited);
    } catch (NotReachedException e) {
      throw e;
    } catch (MillraceException e) {
      return JsonViews.error(400, e);
    }
  }

  /**
   * @throws MillraceException {@code BAD_REQUEST}
   */
  private static Map<String, List<String>> parameters(Request request) {
    Map<String, List<String>> parameters = new LinkedHashMap<>();
    try {
      for (Fields.Field field : Request.extractQueryParameters(request)) {
        parameters.put(field.getName(), List.copyOf(field.getValues()));
      }
    } catch (BadMessageException | IllegalArgumentException e) {
      throw new MillraceException(
          ErrorCode.BAD_REQUEST,
          "cannot read the query parameters: found "
              + e.getMessage()
              + ", expected them percent-encoded as UTF-8",
          e);
    }
    return parameters;
  }

  private static Wishes wishes(Request request) {
    return new Wishes(
        request.getHeaders().getValuesList(HttpHeader.ACCEPT),
        request.getHeaders().getValuesList(HttpHeader.ACCEPT_ENCODING));
  }

  /** Who asks: the address that a proxy before this server saw, or that of the connection. */
  private static String client(Request request) {
    String forwarded = request.getHeaders().get("X-Forwarded-For");
    return forwarded == null
        ? Request.getRemoteAddr(request)
        : forwarded.substring(forwarded.lastIndexOf(',') + 1).strip();
  }

  private static Reply busy(String found) {
    return JsonViews.error(
        503,
        new MillraceException(
            ErrorCode.BUSY,
            "cannot answer now: found "
                + found
                + ", expected fewer; ask again, or another replica"));
  }
}
