package casparian;

import java.io.ByteArrayOutputStream;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.charset.StandardCharsets;
import java.security.ProtectionDomain;
import java.util.Arrays;

/**
 * Lets the Hive metastore ask {@link LoopbackSockets} for its sockets. Hive 3.1 asks its own class
 * for one without an address, which is one on every interface, and has no setting for it.
 *
 * <p>A class names another in one constant, with its length before it, so the name is exchanged as
 * the class is loaded and nothing else moves. Where Hive names it otherwise, Java ends: a metastore
 * that others reach is worse than none.
 */
public final class LoopbackAgent implements ClassFileTransformer {
  private static final String METASTORE = "org/apache/hadoop/hive/metastore/HiveMetaStore";
  private static final byte[] HIVES = name("org/apache/hadoop/hive/metastore/utils/SecurityUtils");
  private static final byte[] OURS = name("casparian/LoopbackSockets");

  private LoopbackAgent() {}

  public static void premain(String words, Instrumentation java) {
    java.addTransformer(new LoopbackAgent());
  }

  @Override
  public byte[] transform(
      ClassLoader loader, String name, Class<?> before, ProtectionDomain domain, byte[] content) {
    if (!METASTORE.equals(name)) {
      return null; // as it is
    }
    int at = find(content);
    if (at < 0) {
      System.err.println("This Hive metastore cannot be bound to loopback: it asks another class.");
      Runtime.getRuntime().halt(1);
    }
    ByteArrayOutputStream changed = new ByteArrayOutputStream(content.length);
    changed.write(content, 0, at);
    changed.writeBytes(OURS);
    changed.write(content, at + HIVES.length, content.length - at - HIVES.length);
    return changed.toByteArray();
  }

  /** Where the name is; -1 where it is not, or more than once. */
  private static int find(byte[] content) {
    int found = -1;
    for (int at = 0; at + HIVES.length <= content.length; at++) {
      if (Arrays.equals(content, at, at + HIVES.length, HIVES, 0, HIVES.length)) {
        if (found >= 0) {
          return -1;
        }
        found = at;
      }
    }
    return found;
  }

  /** A name as a class file holds it: the tag of a text, its length, its bytes. */
  private static byte[] name(String name) {
    byte[] text = name.getBytes(StandardCharsets.US_ASCII);
    ByteArrayOutputStream constant = new ByteArrayOutputStream();
    constant.write(1);
    constant.write(text.length >> 8);
    constant.write(text.length);
    constant.writeBytes(text);
    return constant.toByteArray();
  }
}
