package io.millrace.view.app;

import io.millrace.control.error.ErrorCode;
import io.millrace.control.error.MillraceException;
import io.millrace.control.model.LookupDefinition;
import java.util.List;

/** What the lookups of a folder are held against: the files that they name. */
public interface LookupFiles {
  /** Where nobody looks at files: a lookup then has to declare its columns. */
  LookupFiles UNREAD =
      new LookupFiles() {
        @Override
        public List<LookupDefinition.Column> columns(LookupDefinition undeclared) {
          throw new MillraceException(
              ErrorCode.INVALID_SQL,
              "cannot create table "
                  + undeclared.name()
                  + ": found no columns, expected them declared where files are not read");
        }

        @Override
        public void check(LookupDefinition lookup) {
          // As said.
        }
      };

  /**
   * The columns of a file whose table declares none.
   *
   * @param undeclared without columns and version
   * @throws MillraceException {@code LOOKUP_FAILED}
   */
  List<LookupDefinition.Column> columns(LookupDefinition undeclared);

  /**
   * Reads all of the file, as a replica will.
   *
   * @throws MillraceException {@code LOOKUP_FAILED} with the place of what cannot be read
   */
  void check(LookupDefinition lookup);
}
