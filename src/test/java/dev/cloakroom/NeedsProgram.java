package dev.cloakroom;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Tests that are left out where a program is not on the path, which the end of the build says; with
 * {@code CI=true} in the environment they fail instead.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsProgramCondition.class)
public @interface NeedsProgram {

  /** The program's name, and that of its Debian package. */
  String value();
}
