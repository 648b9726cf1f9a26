package io.millrace.serving.pgcatalog;

/** A number that is shown by its name: {@code regclass}, {@code regtype}. */
record Reg(long oid, String name) {
  @Override
  public String toString() {
    return name;
  }
}
