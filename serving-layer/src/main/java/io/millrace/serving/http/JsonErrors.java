package io.millrace.serving.http;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/**
 * What Jetty itself refuses (a header that is too long, a path that is none) is said as every other
 * error is. Stateless.
 */
final class JsonErrors extends ErrorHandler {
  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    int status = response.getStatus();
    Object message = request.getAttribute(ERROR_MESSAGE);
    String found = message == null ? HttpStatus.getMessage(status) : message.toString();
    ErrorCode code =
        status == HttpStatus.NOT_FOUND_404
            ? ErrorCode.NOT_FOUND
            : status < HttpStatus.INTERNAL_SERVER_ERROR_500
                ? ErrorCode.BAD_REQUEST
                : ErrorCode.INTERNAL;
    Reply reply =
        JsonViews.error(
            status,
            new MillraceException(
                code,
                "cannot answer: found "
                    + found
                    + ", expected a request as /v1/openapi.json describes; correct it"));
    ReplyWriter.write(reply, request, response, callback);
    return true;
  }
}
