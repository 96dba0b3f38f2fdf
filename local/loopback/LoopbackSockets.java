package casparian;

import java.net.UnknownHostException;
import java.util.List;
import org.apache.hadoop.hive.metastore.utils.SecurityUtils;
import org.apache.thrift.transport.TServerSocket;
import org.apache.thrift.transport.TTransportException;

/** What the metastore asks for its sockets: the same as Hive's own, but bound to loopback. */
public class LoopbackSockets extends SecurityUtils {
  private static final String LOOPBACK = "127.0.0.1";

  public static TServerSocket getServerSocket(String anyHost, int port) throws TTransportException {
    return SecurityUtils.getServerSocket(LOOPBACK, port);
  }

  public static TServerSocket getServerSSLSocket(
      String anyHost, int port, String keys, String password, List<String> refusedVersions)
      throws TTransportException, UnknownHostException {
    return SecurityUtils.getServerSSLSocket(LOOPBACK, port, keys, password, refusedVersions);
  }
}
